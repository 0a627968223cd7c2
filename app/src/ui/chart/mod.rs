//! Counts over time, drawn on the server. Figures first (`scale`, `layout`, `axis`: pure and
//! tested), then marks (`plot`), then what can be read of them (`periods`, `table`).

mod axis;
mod bar_chart;
mod layout;
mod periods;
mod plot;
mod scale;
mod sparkline;
mod table;

pub use bar_chart::BarChart;
pub use sparkline::Sparkline;

/// The colours that charts have; each differs from the ground and is named in the legend.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ChartTone {
    #[default]
    One,
    Two,
    Three,
}

impl ChartTone {
    const fn class(self) -> &'static str {
        match self {
            Self::One => "mark mark--1",
            Self::Two => "mark mark--2",
            Self::Three => "mark mark--3",
        }
    }
}

/// One of the things counted. The first one stands at the bottom of each bar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    pub name: String,
    pub tone: ChartTone,
}

/// One period of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bucket {
    /// On the axis: as short as can be.
    pub label: String,
    /// In tooltip and table: complete.
    pub full_label: String,
    /// One figure for each series, in their order.
    pub values: Vec<u64>,
    /// The period still runs, so its bar will grow.
    pub now: bool,
}

impl Bucket {
    fn total(&self) -> u64 {
        self.values.iter().copied().fold(0, u64::saturating_add)
    }
}
