//! The server as a whole: what it is made of, how it starts and how it stops.

use std::{io, net::SocketAddr, path::Path, time::Duration};

use pixmill_engine::{Engine, Error, wire::OutputLinks};
use rocket::{
    Build, Config, Orbit, Rocket,
    config::{Ident, LogLevel, Shutdown},
    fairing::{Fairing, Info, Kind},
    shield::Shield,
};
use thiserror::Error;
use tracing::{error, info, warn};
use url::Url;

use crate::{
    auth::{Attempts, Images, Keyless, Proxies},
    catchers,
    form::Spool,
    headers::Policies,
    listening::Listening,
    origin::ForeignPages,
    out::say,
    patience::Patience,
    routes,
    settings::{Settings, SettingsError},
};

/// How long answers that are on their way may take when the server stops, in seconds.
const ANSWERS_GRACE: u32 = 5;

/// No upload takes longer than this.
const UPLOADED_WITHIN: Duration = Duration::from_secs(24 * 3_600);

/// Why a server did not run.
#[derive(Debug, Error)]
pub enum ServeError {
    /// The settings cannot be used.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// Store or gallery cannot be opened.
    #[error(transparent)]
    Engine(#[from] pixmill_engine::Error),
    /// The server listened, but what a crash left could not be put in order.
    #[error("cannot begin to work: {0}")]
    Start(String),
    /// The folder for uploads cannot be made.
    #[error("cannot make room for uploads: {0}")]
    Spool(io::Error),
    /// The address cannot be listened on, or the server broke.
    #[error("cannot serve at {address}: {reason}")]
    Rocket {
        /// Where it was to listen.
        address: SocketAddr,
        /// What Rocket says.
        reason: String,
    },
}

/// Puts a server together that answers from an engine. Nothing is listened on and no work begins
/// before it is launched.
///
/// # Errors
/// [`ServeError::Settings`], [`ServeError::Spool`]
pub fn build(settings: &Settings, engine: Engine) -> Result<Rocket<Build>, ServeError> {
    let (serving, access) = (&settings.serving, &settings.access);
    engine.sign_links(access.signing());
    let folder = settings.keeping.data.folder()?.join("uploads");
    make_room(&folder).map_err(ServeError::Spool)?;
    let spool = Spool { folder, max_bytes: settings.working.sheets.max_sheet_size.0 };
    let config = Config {
        address: serving.address,
        port: serving.port,
        ident: Ident::none(),
        // Anybody can send a header: `Proxies` knows whose to believe.
        ip_header: None,
        log_level: LogLevel::Off,
        shutdown: Shutdown { grace: ANSWERS_GRACE, mercy: 1, ..Shutdown::default() },
        ..Config::release_default()
    };
    let public = serving.public_url.clone();
    let patience = Patience::with(&settings.keeping);
    let (routes, _) = routes::routes_and_docs();
    Ok(rocket::custom(config)
        // Ours say more.
        .attach(Shield::new())
        .attach(ForeignPages { public: public.clone() })
        .attach(Policies { public: public.clone() })
        .attach(Liftoff { public, engine: engine.clone(), patience })
        .manage(Listening::default())
        .manage(Attempts::new(access.wrong_keys))
        .manage(Proxies(access.trusted_proxy.clone()))
        .manage(if access.insecure_no_auth { Keyless::Anybody } else { Keyless::Near })
        .manage(if access.public_images { Images::Public } else { Images::Private })
        .manage(spool)
        .manage(engine)
        .mount("/", routes)
        .register("/", catchers::all()))
}

/// Makes a folder, or clears it of what earlier processes left. What is young enough may belong to
/// another one that runs.
fn make_room(folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let clear = |path: &Path| {
            let age = path.metadata()?.modified()?.elapsed().unwrap_or_default();
            if age < UPLOADED_WITHIN { Ok(()) } else { std::fs::remove_file(path) }
        };
        match clear(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
}

/// Has the engine begin to work when the server listens, for only then is known where.
struct Liftoff {
    public: Option<Url>,
    engine: Engine,
    patience: Patience,
}

#[rocket::async_trait]
impl Fairing for Liftoff {
    fn info(&self) -> Info {
        Info { name: "liftoff", kind: Kind::Liftoff }
    }

    async fn on_liftoff(&self, rocket: &Rocket<Orbit>) {
        let config = rocket.config();
        let listening: &Listening = rocket.state().expect("build puts it there");
        listening.begin(SocketAddr::new(config.address, config.port));
        let Some(base) = listening.base() else { return };
        if self.public.is_none() && (config.address.is_unspecified() || self.is_one_of_many()) {
            warn!(%base, "links to images lead to this machine: say --public-url for others");
        }
        match base.join("samples/") {
            Ok(samples) => self.engine.let_through(samples),
            Err(error) => error!(%error, "the samples cannot be downloaded"),
        }
        let links = OutputLinks::Under(self.public.clone().unwrap_or_else(|| base.clone()));
        let start = || async { Ok(self.engine.start(links.clone()).await?) };
        if let Err(error) = self.patience.until_there(start).await {
            listening.fail(error);
            rocket.shutdown().notify();
            return;
        }
        info!(%base, "listening");
        say_where(&base, config.address.is_unspecified());
        if let Err(error) = self.engine.probe().await {
            warn!(%error, "nothing can be kept as it is now: uploads will be told to come again");
        }
    }
}

impl Liftoff {
    /// Whether other processes may work on the same requests.
    fn is_one_of_many(&self) -> bool {
        self.patience != Patience::None
    }
}

/// Tells on stdout where everything is: the first line for programs, the others for people.
fn say_where(base: &Url, is_everywhere: bool) {
    let address = base.as_str().trim_end_matches('/');
    let others = if is_everywhere { "\n  and at all other addresses of this machine" } else { "" };
    say(format_args!(
        "listening on {address}{others}\n  \
           page     {base}\n  \
           Swagger  {base}swagger/\n  \
           API      {base}openapi.json"
    ));
}

/// Serves until the process is told to stop (SIGTERM, ctrl-C), then lets work in hand end.
///
/// # Errors
/// [`ServeError`] where it cannot start, or breaks.
pub(crate) async fn serve(settings: &Settings) -> Result<(), ServeError> {
    let patience = Patience::with(&settings.keeping);
    let engine = patience.until_there(|| open(settings)).await?;
    let address = SocketAddr::new(settings.serving.address, settings.serving.port);
    let broken = |error: rocket::Error| ServeError::Rocket { address, reason: reason(&error) };
    let rocket = build(settings, engine.clone())?.ignite().await.map_err(broken)?;
    let (shutdown, grace) = (rocket.shutdown(), settings.serving.stop_grace.0);
    let stopping = tokio::spawn(async move {
        shutdown.await;
        info!("stopping");
        engine.stop(grace).await;
        engine
    });
    let served = rocket.launch().await;
    let result = match served {
        Ok(rocket) => {
            let failure = rocket.state().and_then(Listening::failure);
            failure.map_or(Ok(()), |error| Err(ServeError::Start(error.to_string())))
        }
        Err(error) if matches!(error.kind(), rocket::error::ErrorKind::Shutdown(..)) => {
            warn!("some answers were cut off");
            Ok(())
        }
        Err(error) => return Err(broken(error)),
    };
    match stopping.await {
        Ok(engine) => engine.close().await,
        Err(error) => error!(%error, "the work was not stopped in order"),
    }
    result
}

async fn open(settings: &Settings) -> Result<Engine, ServeError> {
    let engine = Engine::open(settings.engine()?).await?;
    check_exposure(settings, &engine).await?;
    Ok(engine)
}

/// Refuses to listen where strangers could use the server.
async fn check_exposure(settings: &Settings, engine: &Engine) -> Result<(), ServeError> {
    let Some(address) = settings.serving.exposed_at() else { return Ok(()) };
    if settings.access.insecure_no_auth || engine.keys().exist().await.map_err(Error::from)? {
        Ok(())
    } else {
        Err(SettingsError::Exposed(address).into())
    }
}

/// What Rocket says went wrong; looking at it also keeps it from printing it itself.
fn reason(error: &rocket::Error) -> String {
    error.kind().to_string()
}
