//! Tables of data.

use leptos::prelude::*;

/// A column's heading and how its cells behave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    name: String,
    numeric: bool,
    secondary: bool,
    name_hidden: bool,
}

impl Column {
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), numeric: false, secondary: false, name_hidden: false }
    }

    /// Figures: aligned right.
    #[must_use]
    pub const fn numeric(mut self) -> Self {
        self.numeric = true;
        self
    }

    /// Left out on narrow screens; its cells must be `secondary` too.
    #[must_use]
    pub const fn secondary(mut self) -> Self {
        self.secondary = true;
        self
    }

    /// Heading only for assistive technology, for columns of links.
    #[must_use]
    pub const fn name_hidden(mut self) -> Self {
        self.name_hidden = true;
        self
    }
}

fn cell_class(numeric: bool, secondary: bool) -> Option<&'static str> {
    match (numeric, secondary) {
        (false, false) => None,
        (true, false) => Some("numeric"),
        (false, true) => Some("secondary"),
        (true, true) => Some("numeric secondary"),
    }
}

fn heading(column: Column) -> impl IntoView {
    let name = if column.name_hidden {
        view! { <span class="visually-hidden">{column.name}</span> }.into_any()
    } else {
        column.name.into_any()
    };
    view! {
        <th scope="col" class=cell_class(column.numeric, column.secondary)>
            {name}
        </th>
    }
}

/// A table; its children are rows of `Cell`s in the order of `columns`.
#[component]
pub fn DataTable(
    #[prop(into)] caption: String,
    columns: Vec<Column>,
    children: Children,
) -> impl IntoView {
    view! {
        <div class="table-frame">
            <table class="table">
                <caption class="visually-hidden">{caption}</caption>
                <thead>
                    <tr>{columns.into_iter().map(heading).collect_view()}</tr>
                </thead>
                <tbody>{children()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// A cell. `header` marks the one that names its row.
#[component]
pub fn Cell(
    #[prop(optional)] numeric: bool,
    #[prop(optional)] secondary: bool,
    #[prop(optional)] header: bool,
    children: Children,
) -> impl IntoView {
    let class = cell_class(numeric, secondary);
    if header {
        view! { <th scope="row" class=class>{children()}</th> }.into_any()
    } else {
        view! { <td class=class>{children()}</td> }.into_any()
    }
}
