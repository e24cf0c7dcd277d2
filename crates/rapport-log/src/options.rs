//! Sizes and the clock of a log.

/// How a log is opened. The defaults suit a server; tests take small generations.
#[derive(Debug, Clone)]
pub struct LogOptions {
    /// Whether `recorded_at` comes from the requests. A ledger keeps the choice of its creation.
    pub simulated_clock: bool,
    /// Events after which a new generation begins.
    pub generation_events_max: u64,
    /// Bytes of blocks after which a new generation begins.
    pub generation_bytes_max: u64,
    /// Bytes of a block; an event that is larger gets a block of its own.
    pub block_bytes_max: usize,
    /// Bytes of an event, envelope and payload.
    pub event_bytes_max: usize,
    /// Bytes of all events of a request.
    pub request_bytes_max: usize,
    /// Events of a request.
    pub request_events_max: usize,
    /// Bytes of a stream's name, a customer, a tag or a type; at most 65,535.
    pub name_bytes_max: usize,
    /// Bytes that sled keeps in memory for a generation that has ended.
    pub cold_cache_bytes_max: u64,
}

impl Default for LogOptions {
    fn default() -> Self {
        Self {
            simulated_clock: false,
            generation_events_max: 1_000_000,
            generation_bytes_max: 256 << 20,
            block_bytes_max: 96 << 10,
            event_bytes_max: 4 << 20,
            request_bytes_max: 16 << 20,
            request_events_max: 100_000,
            name_bytes_max: 1_000,
            cold_cache_bytes_max: 32 << 20,
        }
    }
}

impl LogOptions {
    /// The same within the limits of the formats: 32 bits in a block, 16 bits for a name, 32 bits for a place in a
    /// generation.
    pub(crate) fn clamped(mut self) -> Self {
        self.generation_events_max = self.generation_events_max.clamp(1, 1 << 30);
        self.generation_bytes_max = self.generation_bytes_max.clamp(1, 1 << 30);
        self.block_bytes_max = self.block_bytes_max.clamp(1 << 10, 1 << 20);
        self.request_bytes_max = self.request_bytes_max.clamp(1, 1 << 30);
        self.name_bytes_max = self.name_bytes_max.clamp(1, usize::from(u16::MAX));
        self
    }
}
