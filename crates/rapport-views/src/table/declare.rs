//! The macros that declare tables and words.

/// Declares a row: its struct, which also has `position` and when the row begins, its [`Table`](crate::table::Table) and
/// its [`Row`](crate::table::Row). The comments become those of the tables in PostgreSQL.
///
/// After the name of the table come its layout, the columns that tell rows of one event apart, its indexes, and under
/// which name people find its rows as of a moment. `of states` makes it a table of states. A column is called as its
/// field unless `as` says otherwise, and holds what its type holds unless `=` says otherwise.
#[macro_export]
macro_rules! table {
    (
        $(#[doc = $says:literal])+
        #[derive($($derive:ident),+)]
        pub struct $row:ident in $name:literal of states: $($declared:tt)+
    ) => {
        $crate::table! {
            @row State valid_from;
            $(#[doc = $says])+
            #[derive($($derive),+)]
            pub struct $row in $name: $($declared)+
        }
    };
    (
        $(#[doc = $says:literal])+
        #[derive($($derive:ident),+)]
        pub struct $row:ident in $name:literal: $($declared:tt)+
    ) => {
        $crate::table! {
            @row Occurrence occurred_at;
            $(#[doc = $says])+
            #[derive($($derive),+)]
            pub struct $row in $name: $($declared)+
        }
    };
    (
        @row $kind:ident $begins:ident;
        $(#[doc = $says:literal])+
        #[derive($($derive:ident),+)]
        pub struct $row:ident in $name:literal: $layout:expr, key $key:expr, indexes $indexes:expr
            $(, for people $people:literal)?;
        {
            $(
                $(#[doc = $column_says:literal])+
                pub $field:ident $(as $column:literal)?: $type:ty $(= $holds:expr)?,
            )+
        }
    ) => {
        $(#[doc = $says])+
        #[derive($($derive),+)]
        pub struct $row {
            /// The event.
            pub position: ::rapport_model::Position,
            /// When it happened, as believed.
            pub $begins: ::rapport_model::Timestamp,
            $(
                $(#[doc = $column_says])+
                pub $field: $type,
            )+
        }

        impl $crate::table::Row for $row {
            // A static, so that it has one address: tables are told apart by it.
            const TABLE: &'static $crate::table::Table = {
                static TABLE: $crate::table::Table = $crate::table::Table {
                    name: $name,
                    says: concat!($($says),+),
                    kind: $crate::table::Kind::$kind,
                    columns: &[$(
                        $crate::table::Column {
                            name: $crate::table!(@name $field $($column)?),
                            says: concat!($($column_says),+),
                            holds: $crate::table!(@holds $type $(, $holds)?),
                            nullable: <$type as $crate::table::Field>::NULLABLE,
                        },
                    )+],
                    layout: $layout,
                    key: &$key,
                    indexes: &$indexes,
                    people: $crate::table!(@people $($people)?),
                };
                &TABLE
            };

            fn cells(&self, to: &mut Vec<$crate::table::Cell>) {
                $(to.push($crate::table::Field::cell(&self.$field));)+
            }

            fn of(
                beginning: &$crate::table::Beginning,
                cells: &[$crate::table::Cell],
            ) -> Result<Self, $crate::table::NotARow> {
                let mut cells = cells.iter();
                Ok(Self {
                    position: beginning.position,
                    $begins: beginning.at,
                    $($field: {
                        let cell = cells.next().unwrap_or(&$crate::table::Cell::Null);
                        $crate::table::Field::of(cell).ok_or_else(|| $crate::table::NotARow {
                            table: $name,
                            column: $crate::table!(@name $field $($column)?),
                            value: cell.shown(),
                        })?
                    },)+
                })
            }
        }
    };
    (@people) => { None };
    (@people $people:literal) => { Some($people) };
    (@name $field:ident) => { stringify!($field) };
    (@name $field:ident $column:literal) => { $column };
    (@holds $type:ty) => { <$type as $crate::table::Field>::HOLDS };
    (@holds $type:ty, $holds:expr) => { $holds };
}

/// Declares an enum whose values are words in rows. Their order is part of the format of SQLite's files, the words of
/// PostgreSQL's tables.
#[macro_export]
macro_rules! words {
    (
        $(#[$attribute:meta])+
        pub enum $name:ident {
            $($(#[doc = $says:literal])+ $variant:ident = $word:literal,)+
        }
    ) => {
        $(#[$attribute])+
        pub enum $name {
            $($(#[doc = $says])+ $variant,)+
        }

        impl $name {
            /// Every value, in the order of its words.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            /// The words.
            pub const WORDS: &'static [&'static str] = &[$($word),+];

            /// Its word.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }

            /// Its place among the words.
            #[must_use]
            pub const fn code(self) -> u8 {
                self as u8
            }

            /// The value at a place; `None` beyond the last.
            #[must_use]
            pub fn of_code(code: u64) -> Option<Self> {
                Self::ALL.get(usize::try_from(code).ok()?).copied()
            }
        }

        impl $crate::table::Field for $name {
            const HOLDS: $crate::table::Holds = $crate::table::Holds::Word(Self::WORDS);

            fn cell(&self) -> $crate::table::Cell {
                $crate::table::Cell::Int(self.code().into())
            }

            fn of(cell: &$crate::table::Cell) -> Option<Self> {
                Self::of_code(cell.int()?.try_into().ok()?)
            }
        }
    };
}
