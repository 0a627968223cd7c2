-- When a delivery was last tried. By it an organization's webhooks take turns, those whose last attempt
-- failed after the others: else a few that hang, with much to tell, would keep the rest waiting for as
-- long as that takes.
ALTER TABLE notice_deliveries ADD COLUMN tried_at timestamptz;
CREATE INDEX notice_deliveries_tried_idx ON notice_deliveries (webhook_id, tried_at DESC) WHERE tried_at IS NOT NULL;

GRANT UPDATE (tried_at) ON notice_deliveries TO latchkey_validator;
