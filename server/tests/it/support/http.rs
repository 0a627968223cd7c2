//! A small HTTP client that sends what it is told, also what a decent client would not.

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use super::{Result, fail};

/// A request to be sent.
#[derive(Clone, Debug)]
pub struct Request {
    method: &'static str,
    path: String,
    headers: Vec<(String, String)>,
    body: Option<String>,
}

pub fn get(path: &str) -> Request {
    request("GET", path)
}

pub fn post(path: &str, body: &str) -> Request {
    Request { body: Some(body.to_owned()), ..request("POST", path) }
}

pub fn request(method: &'static str, path: &str) -> Request {
    Request { method, path: path.to_owned(), headers: Vec::new(), body: None }
}

impl Request {
    /// By another method.
    pub fn method(self, method: &'static str) -> Self {
        Self { method, ..self }
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With this key, in the header that all vendors use.
    pub fn key(self, key: &str) -> Self {
        self.header("x-api-key", key)
    }

    pub fn host(self, host: &str) -> Self {
        self.header("host", host)
    }

    /// Sends it to `http://address` on a connection of its own.
    pub async fn send(&self, address: &str) -> Result<Answer> {
        Connection::open(address).await?.send(self).await
    }

    fn text(&self, address: &str) -> String {
        let has =
            |name: &str| self.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
        let mut lines = vec![format!("{} {} HTTP/1.1", self.method, self.path)];
        lines.extend(self.headers.iter().map(|(name, value)| format!("{name}: {value}")));
        if !has("host") {
            lines.push(format!("host: {address}"));
        }
        if let Some(body) = &self.body
            && !has("content-length")
            && !has("transfer-encoding")
        {
            lines.push(format!("content-length: {}", body.len()));
        }
        format!("{}\r\n\r\n{}", lines.join("\r\n"), self.body.as_deref().unwrap_or_default())
    }
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn json(&self) -> Result<Value> {
        Ok(serde_json::from_str(&self.body)?)
    }

    /// All but the time and the call's own id.
    pub fn timeless(mut self) -> Self {
        self.headers.retain(|(name, _)| name != "date" && name != "x-request-id");
        self
    }
}

/// A connection that is kept open.
pub struct Connection {
    address: String,
    stream: BufReader<Box<dyn Wire>>,
}

/// What a connection runs over.
trait Wire: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Wire for T {}

impl Connection {
    pub async fn open(address: &str) -> Result<Self> {
        let address = address.strip_prefix("http://").unwrap_or(address);
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self::over(stream, address))
    }

    /// Over what is connected already.
    pub fn over(
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        address: &str,
    ) -> Self {
        Self { address: address.to_owned(), stream: BufReader::new(Box::new(stream)) }
    }

    pub async fn send(&mut self, request: &Request) -> Result<Answer> {
        self.stream.write_all(request.text(&self.address).as_bytes()).await?;
        self.receive(request.method == "HEAD").await
    }

    /// Sends it, and gives the head of an answer that takes its time.
    pub async fn begin(&mut self, request: &Request) -> Result<Answer> {
        self.stream.write_all(request.text(&self.address).as_bytes()).await?;
        self.receive(true).await
    }

    /// The next part of what comes after the head; none at its end.
    pub async fn part(&mut self) -> Result<Option<String>> {
        let length = usize::from_str_radix(&self.line().await?, 16)?;
        let part = self.exactly(length).await?;
        self.line().await?;
        Ok((length > 0).then_some(part))
    }

    /// What comes after the head, to its end.
    pub async fn rest(&mut self) -> Result<String> {
        let mut body = String::new();
        while let Some(part) = self.part().await? {
            body += &part;
        }
        Ok(body)
    }

    /// Sends what no decent client would.
    pub async fn send_raw(&mut self, bytes: &[u8]) -> Result<Answer> {
        self.stream.write_all(bytes).await?;
        self.receive(false).await
    }

    async fn receive(&mut self, without_body: bool) -> Result<Answer> {
        let first = self.line().await?;
        let Some(status) = first.split(' ').nth(1) else { return fail("hung up") };
        let status = status.parse()?;
        let mut headers = Vec::new();
        loop {
            let line = self.line().await?;
            let Some((name, value)) = line.split_once(':') else { break };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let mut answer = Answer { status, headers, body: String::new() };
        if without_body {
            return Ok(answer);
        }
        let length = answer.header("content-length").map(str::parse).transpose()?;
        answer.body = match length {
            Some(length) => self.exactly(length).await?,
            None if answer.header("transfer-encoding").is_some() => self.rest().await?,
            None => String::new(),
        };
        Ok(answer)
    }

    async fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        self.stream.read_line(&mut line).await?;
        Ok(line.trim_end_matches(['\r', '\n']).to_owned())
    }

    async fn exactly(&mut self, length: usize) -> Result<String> {
        let mut bytes = vec![0; length];
        self.stream.read_exact(&mut bytes).await?;
        Ok(String::from_utf8(bytes)?)
    }
}
