//! Icons: always decoration beside a text, so hidden from assistive technology.

use leptos::prelude::*;

use super::icon_paths as paths;

/// The icons at hand, named by what they show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IconName {
    Activity,
    ArrowLeft,
    ArrowRight,
    Ban,
    Book,
    Building,
    Channel,
    Chart,
    Check,
    ChevronDown,
    ChevronRight,
    ChevronsUpDown,
    Circle,
    CircleCheck,
    CircleHelp,
    CirclePause,
    CircleX,
    Clock,
    Copy,
    Dashboard,
    Download,
    ExternalLink,
    Eye,
    EyeOff,
    Filter,
    Info,
    Key,
    Lock,
    LogOut,
    Monitor,
    Moon,
    Pencil,
    Plus,
    Power,
    Refresh,
    Scroll,
    Search,
    Settings,
    ShieldCheck,
    Sun,
    Terminal,
    Timer,
    Trash,
    TriangleAlert,
    Users,
    X,
}

impl IconName {
    const fn drawing(self) -> &'static str {
        match self {
            Self::Activity => paths::ACTIVITY,
            Self::ArrowLeft => paths::ARROW_LEFT,
            Self::ArrowRight => paths::ARROW_RIGHT,
            Self::Ban => paths::BAN,
            Self::Book => paths::BOOK,
            Self::Building => paths::BUILDING,
            Self::Channel => paths::CHANNEL,
            Self::Chart => paths::CHART,
            Self::Check => paths::CHECK,
            Self::ChevronDown => paths::CHEVRON_DOWN,
            Self::ChevronRight => paths::CHEVRON_RIGHT,
            Self::ChevronsUpDown => paths::CHEVRONS_UP_DOWN,
            Self::Circle => paths::CIRCLE,
            Self::CircleCheck => paths::CIRCLE_CHECK,
            Self::CircleHelp => paths::CIRCLE_HELP,
            Self::CirclePause => paths::CIRCLE_PAUSE,
            Self::CircleX => paths::CIRCLE_X,
            Self::Clock => paths::CLOCK,
            Self::Copy => paths::COPY,
            Self::Dashboard => paths::DASHBOARD,
            Self::Download => paths::DOWNLOAD,
            Self::ExternalLink => paths::EXTERNAL_LINK,
            Self::Eye => paths::EYE,
            Self::EyeOff => paths::EYE_OFF,
            Self::Filter => paths::FILTER,
            Self::Info => paths::INFO,
            Self::Key => paths::KEY,
            Self::Lock => paths::LOCK,
            Self::LogOut => paths::LOG_OUT,
            Self::Monitor => paths::MONITOR,
            Self::Moon => paths::MOON,
            Self::Pencil => paths::PENCIL,
            Self::Plus => paths::PLUS,
            Self::Power => paths::POWER,
            Self::Refresh => paths::REFRESH,
            Self::Scroll => paths::SCROLL,
            Self::Search => paths::SEARCH,
            Self::Settings => paths::SETTINGS,
            Self::ShieldCheck => paths::SHIELD_CHECK,
            Self::Sun => paths::SUN,
            Self::Terminal => paths::TERMINAL,
            Self::Timer => paths::TIMER,
            Self::Trash => paths::TRASH,
            Self::TriangleAlert => paths::TRIANGLE_ALERT,
            Self::Users => paths::USERS,
            Self::X => paths::X,
        }
    }
}

/// An icon, 16 px unless its surroundings say otherwise.
#[component]
pub fn Icon(name: IconName) -> impl IntoView {
    glyph(name.drawing())
}

/// The `<svg>` around a drawing; islands call it with a constant of `icon_paths`.
pub(super) fn glyph(drawing: &'static str) -> AnyView {
    view! {
        <svg
            class="icon"
            viewBox="0 0 24 24"
            width="16"
            height="16"
            fill="none"
            stroke="currentColor"
            stroke-width="2"
            stroke-linecap="round"
            stroke-linejoin="round"
            aria-hidden="true"
            inner_html=drawing
        ></svg>
    }
    .into_any()
}
