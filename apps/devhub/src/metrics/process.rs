//! What the system says of this process.

/// Resident memory, in bytes; `None` where the system does not tell.
pub(super) fn resident_memory_bytes() -> Option<u64> {
    resident_bytes(&std::fs::read_to_string("/proc/self/status").ok()?)
}

/// *Source:* `proc_pid_status(5)`: `VmRSS:   12345 kB`, where a kB is 1,024 bytes.
fn resident_bytes(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.parse::<u64>().ok()?.checked_mul(1_024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resident_memory_is_read_in_bytes() {
        assert_eq!(resident_bytes("Name:\tdevhub\nVmRSS:\t   12345 kB\nThreads:\t9\n"), Some(12_641_280));
    }

    #[test]
    fn what_the_system_does_not_tell_is_absent() {
        for status in ["", "Name:\tdevhub\n", "VmRSS:\tmuch\n", "VmRSS:\t12345\n", "VmRSS:\t18446744073709551615 kB\n"]
        {
            assert_eq!(resident_bytes(status), None, "{status}");
        }
    }
}
