//! The table of kinds: which message a body is, what its members have to be, and what holds where nothing is said.

use super::{
    form::Form,
    kind::{DefinitionKind, optional, required, some_of},
    rules,
    targets::TARGETS,
};

/// The kind of definition whose body is a pipeline.
pub const PIPELINE: &str = "pipeline";
/// The kind of definition whose body says where A and B end.
pub const ABC: &str = "abc";
/// The kind of definition whose body says where X and Y end.
pub const XYZ: &str = "xyz";
/// The kind of definition whose body says where scores begin.
pub const RFM: &str = "rfm";

/// A hundred years, and more minutes than any promise has.
const DAYS: Form = Form::Whole(1, 36_500);
const MINUTES: Form = Form::Whole(1, 10_000_000);
const OF_CLASSES: &[&str] = &["customer", "product"];
const SHARE: &str = "a number from 0 to 1";
const SHARE_OR_NONE: &str = "a number from 0 to 1, or none at all";
const STEPS_OF_A_SALE: &str = r#"{"name":"Sale","steps":[{"code":"define_market","name":"Define the market"},{"code":"build_base","name":"Build the base of prospects"},{"code":"inform","name":"Inform"},{"code":"sell","name":"Sell"},{"code":"deliver","name":"Deliver on time"},{"code":"serve","name":"Serve and advise"},{"code":"stay_in_contact","name":"Stay in contact"},{"code":"study_satisfaction","name":"Study satisfaction and new needs"}]}"#;

/// A kind without anything beside its message.
const PLAIN: DefinitionKind = DefinitionKind {
    name: "",
    about: "",
    message: "",
    codes: &[],
    left_out: "{}",
    is_read: false,
    unpublished: &[],
    members: &[],
    rules: rules::none,
};

/// Every kind whose bodies are read, in the order in which they are described.
pub static KINDS: [DefinitionKind; 13] = [
    DefinitionKind {
        name: PIPELINE,
        about: "the stages of a pipeline",
        message: "rapport.v1.PipelineDefinition",
        is_read: true,
        members: &[
            some_of("stages", "stage", "at least one stage"),
            required("stages.code", Form::Code),
            optional("stages.name", Form::Name),
            optional("stages.probability", Form::Share(SHARE_OR_NONE)),
        ],
        rules: rules::pipeline,
        ..PLAIN
    },
    DefinitionKind {
        name: ABC,
        about: "where A and B end, in percent of the value",
        message: "rapport.v1.AbcDefinition",
        codes: OF_CLASSES,
        left_out: r#"{"a":80,"b":95}"#,
        is_read: true,
        unpublished: &[("customer", "{}"), ("product", "{}")],
        members: &[optional("a", Form::Percent(100.0)), optional("b", Form::Percent(100.0))],
        rules: rules::abc,
    },
    DefinitionKind {
        name: XYZ,
        about: "where X and Y end, in percent of variation",
        message: "rapport.v1.XyzDefinition",
        codes: OF_CLASSES,
        left_out: r#"{"x":10,"y":25}"#,
        is_read: true,
        unpublished: &[("customer", "{}"), ("product", "{}")],
        members: &[optional("x", Form::Percent(1_000.0)), optional("y", Form::Percent(1_000.0))],
        rules: rules::xyz,
    },
    DefinitionKind {
        name: RFM,
        about: "where the scores of recency, frequency and value begin",
        message: "rapport.v1.RfmDefinition",
        codes: OF_CLASSES,
        is_read: true,
        unpublished: &[("customer", "{}"), ("product", "{}")],
        members: &[
            optional("recency_days", Form::Borders),
            optional("frequency", Form::Borders),
            required("monetary.currency", Form::Currency),
            required("monetary.minor_units", Form::Borders),
        ],
        rules: rules::rfm,
        ..PLAIN
    },
    DefinitionKind {
        name: "pyramid",
        about: "where the levels of the customer pyramid end, in percent of the customers",
        message: "rapport.v1.PyramidDefinition",
        codes: &["customer"],
        left_out: r#"{"top":1,"large":5,"medium":20,"window_months":12}"#,
        is_read: true,
        unpublished: &[("customer", "{}")],
        members: &[
            optional("top", Form::Percent(100.0)),
            optional("large", Form::Percent(100.0)),
            optional("medium", Form::Percent(100.0)),
            optional("window_months", Form::Whole(1, 1_200)),
        ],
        rules: rules::pyramid,
    },
    DefinitionKind {
        name: "potential",
        about: "what customers of a segment could buy",
        message: "rapport.v1.PotentialDefinition",
        is_read: true,
        members: &[
            optional("name", Form::Name),
            some_of("products", "product", "at least one product"),
            optional("products[]", Form::Code),
            required("conditions.key", Form::Code),
            some_of("conditions.values", "value", "at least one value"),
            optional("conditions.values[]", Form::Code),
        ],
        rules: rules::potential,
        ..PLAIN
    },
    DefinitionKind {
        name: "process",
        about: "the steps of a process, and when they are due",
        message: "rapport.v1.ProcessDefinition",
        is_read: true,
        unpublished: &[("sale", STEPS_OF_A_SALE)],
        members: &[
            optional("name", Form::Name),
            some_of("steps", "step", "at least one step"),
            required("steps.code", Form::Code),
            optional("steps.name", Form::Name),
            optional("steps.due_within_days", Form::Whole(0, 36_500)),
            optional("steps.due_within_minutes", MINUTES),
            optional("calendar", Form::Code),
        ],
        rules: rules::process,
        ..PLAIN
    },
    DefinitionKind {
        name: "calendar",
        about: "when work is done",
        message: "rapport.v1.CalendarDefinition",
        left_out: r#"{"hours":[{"weekdays":["monday","tuesday","wednesday","thursday","friday"],"from":"09:00","to":"17:00"}],"holidays":[]}"#,
        unpublished: &[("default", "{}")],
        members: &[
            optional("zone", Form::Zone),
            optional("hours", Form::SomeOf("row of hours")),
            some_of("hours.weekdays", "weekday", "at least one weekday"),
            required("hours.from", Form::Time { ends: false }),
            required("hours.to", Form::Time { ends: true }),
            optional("holidays[]", Form::Date),
        ],
        is_read: true,
        rules: rules::calendar,
        ..PLAIN
    },
    DefinitionKind {
        name: "service_level",
        about: "what customers of a tier are promised",
        message: "rapport.v1.ServiceLevelDefinition",
        left_out: r#"{"calendar":"default"}"#,
        members: &[
            optional("calendar", Form::Code),
            optional("first_response_minutes", MINUTES),
            optional("resolution_minutes", MINUTES),
            optional("cadence_days", DAYS),
        ],
        is_read: true,
        rules: rules::service_level,
        ..PLAIN
    },
    DefinitionKind {
        name: "attribution",
        about: "which contacts a purchase is credited to",
        message: "rapport.v1.AttributionDefinition",
        left_out: r#"{"model":"last","half_life_days":7,"lookback_days":90}"#,
        is_read: true,
        unpublished: &[("default", "{}")],
        members: &[optional("half_life_days", Form::Above0(36_500.0)), optional("lookback_days", DAYS)],
        ..PLAIN
    },
    DefinitionKind {
        name: "incentive",
        about: "what staff earn",
        message: "rapport.v1.IncentiveDefinition",
        left_out: r#"{"cap_every":"month"}"#,
        members: &[
            required("metric", Form::Code),
            required("rate", Form::Share(SHARE)),
            optional("currency", Form::Currency),
            optional("cap_minor_units", Form::Whole(0, (1 << 53) - 1)),
        ],
        rules: rules::incentive,
        ..PLAIN
    },
    DefinitionKind {
        name: "contact_policy",
        about: "how customers may be addressed for a purpose",
        message: "rapport.v1.ContactPolicyDefinition",
        is_read: true,
        members: &[
            optional("messages_a_month", Form::Whole(0, 100_000)),
            required("quiet.from", Form::Time { ends: false }),
            required("quiet.to", Form::Time { ends: false }),
            optional("channels", Form::SomeOf("channel")),
            optional("channels[]", Form::Code),
        ],
        rules: rules::contact_policy,
        ..PLAIN
    },
    DefinitionKind {
        name: TARGETS,
        about: "what is aimed at",
        message: "rapport.v1.TargetsDefinition",
        is_read: true,
        members: &[
            some_of("targets", "target", "at least one target"),
            required("targets.metric", Form::Code),
            required("targets.period", Form::Period),
            optional("targets.currency", Form::Currency),
        ],
        rules: rules::targets,
        ..PLAIN
    },
];

/// The kind of this name, if its bodies are read.
#[must_use]
pub fn kind(name: &str) -> Option<&'static DefinitionKind> {
    KINDS.iter().find(|kind| kind.name == name)
}
