//! What aside says about itself, on stderr. No value of a secret or a parameter is
//! logged at any level.

use super::args::Log;
use crate::cli::terminal::LogLine;
use tracing::level_filters::LevelFilter;

/// Starts the log. Without `--log` it is a warning now and then, in one short line.
pub(super) fn start(level: Log) {
    let filter = match level {
        Log::Off => return,
        Log::Error => LevelFilter::ERROR,
        Log::Warn => LevelFilter::WARN,
        Log::Info => LevelFilter::INFO,
        Log::Debug => LevelFilter::DEBUG,
        Log::Trace => LevelFilter::TRACE,
    };
    let log = tracing_subscriber::fmt().with_max_level(filter).with_writer(|| LogLine);
    let started = match level {
        Log::Debug | Log::Trace => log.try_init(),
        _ => log.without_time().with_target(false).try_init(),
    };
    // Only a program that embeds us can have started one before.
    drop(started);
}
