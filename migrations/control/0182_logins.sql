-- Which keys stand for logins and have no text: a login that was given one is a key like others.
CREATE FUNCTION app.is_login(login_user_id uuid, prefix text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT login_user_id IS NOT NULL AND prefix = 'login' $$;
