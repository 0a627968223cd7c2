//! nginx, to compare with: by itself, and with Debian's Lua module looking a key up in a shared
//! dictionary, which says whether there is such a key and nothing else.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};

use crate::process::{self, Scratch};
use crate::{Result, bare};

const PROGRAM: &str = "/usr/sbin/nginx";
const MODULES: &str = "/usr/lib/nginx/modules";

/// A running nginx of one process. Dropped, it is killed.
pub struct Nginx {
    _child: Child,
    pub address: String,
    pub pid: u32,
}

pub fn is_there() -> bool {
    Path::new(PROGRAM).exists()
}

pub fn has_lua() -> bool {
    Path::new(MODULES).join("ngx_http_lua_module.so").exists()
}

/// Answers everything with the document.
pub async fn plain(scratch: &Scratch) -> Result<Nginx> {
    let document = bare::DOCUMENT;
    let answer = format!("default_type application/json; return 200 '{document}';");
    start(scratch, "plain", "", "", &answer).await
}

/// The same for whoever shows this key.
pub async fn with_lua(scratch: &Scratch, key: &str) -> Result<Nginx> {
    let modules = format!(
        "load_module {MODULES}/ndk_http_module.so; load_module {MODULES}/ngx_http_lua_module.so;"
    );
    let dictionary = format!(
        "lua_shared_dict keys 16m; init_by_lua_block {{ ngx.shared.keys:set('{key}', true) }}"
    );
    let document = bare::DOCUMENT;
    let answer = format!(
        "content_by_lua_block {{
            if not ngx.shared.keys:get(ngx.var.http_x_api_key) then return ngx.exit(401) end
            ngx.header['content-type'] = 'application/json'
            ngx.header['content-length'] = {}
            ngx.print('{document}')
        }}",
        document.len()
    );
    start(scratch, "lua", &modules, &dictionary, &answer).await
}

async fn start(
    scratch: &Scratch,
    name: &str,
    modules: &str,
    http: &str,
    answer: &str,
) -> Result<Nginx> {
    let free = TcpListener::bind("127.0.0.1:0").await?.local_addr()?;
    let directory = scratch.join(name);
    std::fs::create_dir(&directory)?;
    let configuration = format!(
        "{modules} daemon off; master_process off; pid nginx.pid; error_log stderr warn;
         events {{ worker_connections 512; }}
         http {{
            access_log off; keepalive_requests 100000000; tcp_nodelay on; {http}
            client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
            uwsgi_temp_path uwsgi; scgi_temp_path scgi;
            server {{ listen {free}; location / {{ {answer} }} }}
         }}"
    );
    let file = directory.join("nginx.conf");
    std::fs::write(&file, configuration)?;
    let log = directory.join("log");
    let mut command: Command = process::beside_the_load(PROGRAM);
    command.arg("-p").arg(&directory).arg("-c").arg(&file).args(["-e", "stderr"]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(std::fs::File::create(&log)?);
    let mut child = command.kill_on_drop(true).spawn()?;
    let address = free.to_string();
    while TcpStream::connect(&address).await.is_err() {
        if child.try_wait()?.is_some() {
            return Err(format!("nginx: {}", std::fs::read_to_string(&log)?).into());
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let pid = child.id().ok_or("it has ended")?;
    Ok(Nginx { _child: child, address, pid })
}
