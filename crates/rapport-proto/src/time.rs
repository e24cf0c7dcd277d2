//! Moments and durations on the wire.

use rapport_model::Timestamp;

/// A moment as protobuf has it.
#[must_use]
pub fn to_proto(moment: Timestamp) -> prost_types::Timestamp {
    let (seconds, nanos) = moment.to_seconds_and_nanos();
    prost_types::Timestamp { seconds, nanos }
}

/// A moment from protobuf, to the microsecond; `None` outside the years 1 to 9999.
#[must_use]
pub fn from_proto(moment: &prost_types::Timestamp) -> Option<Timestamp> {
    Timestamp::from_seconds_and_nanos(moment.seconds, moment.nanos)
}

/// A length of time as protobuf has it.
#[must_use]
pub fn duration_to_proto(micros: i64) -> prost_types::Duration {
    let nanos = i32::try_from(micros % 1_000_000 * 1_000).unwrap_or(0);
    prost_types::Duration { seconds: micros / 1_000_000, nanos }
}

/// A length of time in microseconds; `None` when it is none, or longer than 10,000 years.
#[must_use]
pub fn duration_from_proto(duration: &prost_types::Duration) -> Option<i64> {
    let in_range = duration.seconds.abs() <= 315_576_000_000 && duration.nanos.abs() < 1_000_000_000;
    let one_sign =
        duration.seconds == 0 || duration.nanos == 0 || (duration.seconds < 0) == (duration.nanos < 0);
    (in_range && one_sign).then(|| duration.seconds * 1_000_000 + i64::from(duration.nanos) / 1_000)
}
