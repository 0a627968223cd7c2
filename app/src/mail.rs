//! Letters by e-mail, where a mail server is configured.

use lettre::message::Mailbox;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use std::time::Duration;

/// How long the mail server may take with each step. Somebody waits for the page.
const PATIENCE: Duration = Duration::from_secs(10);

/// A mail server, and in whose name letters are sent.
#[derive(Clone)]
pub struct Mail {
    server: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl std::fmt::Debug for Mail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Mail(from {})", self.from)
    }
}

/// Why mail cannot be sent. Nothing of the address of the server is repeated: it may hold a
/// password.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    #[error(
        "the mail server's address cannot be understood: it should look like \
         smtps://USER:PASSWORD@HOST or smtp://HOST:25"
    )]
    Server,
    #[error("the sender cannot be understood: it should look like keys@example.com")]
    From,
    #[error("not a letter: {0}")]
    Letter(String),
    #[error("the mail server did not take the letter: {0}")]
    Refused(#[from] lettre::transport::smtp::Error),
}

impl Mail {
    /// By the server at `url`: `smtps://` is TLS from the start, `smtp://…?tls=required` by
    /// STARTTLS, `smtp://` plain, for a server on this machine.
    pub fn new(url: &str, from: &str) -> Result<Self, MailError> {
        let server = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
            .map_err(|_| MailError::Server)?
            .timeout(Some(PATIENCE))
            .build();
        let from = from.parse().map_err(|_| MailError::From)?;
        Ok(Self { server, from })
    }

    /// Sends a letter of plain text.
    pub async fn send(&self, to: &str, subject: &str, text: String) -> Result<(), MailError> {
        let to: Mailbox = to.parse().map_err(|_| MailError::Letter("whom to?".to_owned()))?;
        // A line break would begin another line of the letter's head.
        let subject: String = subject.chars().filter(|character| !character.is_control()).collect();
        let letter = Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(subject)
            .body(text)
            .map_err(|error| MailError::Letter(error.to_string()))?;
        self.server.send(letter).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
    use tokio::net::TcpListener;

    /// Takes one letter as a mail server does, and gives all that it was told.
    async fn take_one(listener: TcpListener) -> std::io::Result<String> {
        let (stream, _) = listener.accept().await?;
        let mut stream = BufReader::new(stream);
        stream.write_all(b"220 mail.example ESMTP\r\n").await?;
        let (mut told, mut in_letter) = (String::new(), false);
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(told);
            }
            told.push_str(&line);
            let answer = match line.trim_end() {
                "." if in_letter => {
                    in_letter = false;
                    "250 taken"
                }
                _ if in_letter => continue,
                "DATA" => {
                    in_letter = true;
                    "354 go on"
                }
                "QUIT" => {
                    stream.write_all(b"221 bye\r\n").await?;
                    return Ok(told);
                }
                _ => "250 fine",
            };
            stream.write_all(format!("{answer}\r\n").as_bytes()).await?;
            // The letter is complete: lettre keeps the connection for the next one.
            if answer == "250 taken" {
                return Ok(told);
            }
        }
    }

    #[tokio::test]
    async fn a_letter_arrives() -> Result<(), Box<dyn std::error::Error>> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("smtp://{}", listener.local_addr()?);
        let taken = tokio::spawn(take_one(listener));
        let mail = Mail::new(&url, "Latchkey <keys@vendor.example>")?;
        let link = format!("https://keys.example/invitations/{}", "0f".repeat(32));
        mail.send(
            "new@one.example",
            "Join St. Mary’s\r\nBcc: x@evil.example",
            format!("Open\n{link}\n"),
        )
        .await?;
        let told = taken.await??;
        assert!(told.contains("MAIL FROM:<keys@vendor.example>"), "{told}");
        assert!(told.contains("RCPT TO:<new@one.example>"), "{told}");
        assert_eq!(told.matches("RCPT TO").count(), 1, "{told}");
        assert!(!told.contains("\nBcc:"), "{told}");
        // Long lines travel folded; every reader of mail unfolds them (RFC 2045, quoted-printable).
        let unfolded = told.replace("=\r\n", "");
        assert!(unfolded.contains(&link), "the link arrives whole: {told}");
        Ok(())
    }

    #[tokio::test]
    async fn a_server_that_is_not_there_is_an_error() -> Result<(), Box<dyn std::error::Error>> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("smtp://{}", listener.local_addr()?);
        drop(listener);
        let mail = Mail::new(&url, "keys@vendor.example")?;
        let sent = mail.send("a@b.example", "x", "y".to_owned()).await;
        assert!(matches!(sent, Err(MailError::Refused(_))), "{sent:?}");
        Ok(())
    }

    #[test]
    fn a_password_is_never_repeated() {
        for (url, from) in
            [("smtp//me:s3cret@host", "a@b.example"), ("smtp://me:s3cret@host", "nobody")]
        {
            let error = Mail::new(url, from).err().map(|error| error.to_string());
            assert!(error.is_some_and(|error| !error.contains("s3cret")), "{url}");
        }
    }
}
