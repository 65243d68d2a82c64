//! Parses the texts of /proc and of control groups. Pure functions: no file is opened here.

/// The processor's name in `/proc/cpuinfo`; arm64 kernels print none.
pub(crate) fn cpu_model(cpuinfo: &str) -> Option<String> {
    let (_, name) = cpuinfo
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(key, _)| matches!(key.trim(), "model name" | "Model" | "cpu model"))?;
    Some(name.split_whitespace().collect::<Vec<_>>().join(" ")).filter(|name| !name.is_empty())
}

/// `MemTotal` of `/proc/meminfo` in bytes.
pub(crate) fn memory_bytes(meminfo: &str) -> Option<u64> {
    bytes_of(meminfo, "MemTotal:")
}

/// Bytes of a line such as `VmRSS:  12 kB`.
pub(crate) fn bytes_of(text: &str, topic: &str) -> Option<u64> {
    let rest = text.lines().find_map(|line| line.strip_prefix(topic))?;
    let kib: u64 = rest.trim().strip_suffix("kB")?.trim_end().parse().ok()?;
    kib.checked_mul(1024)
}

/// Seconds that the hypervisor took from all CPUs together, from `/proc/stat`.
pub(crate) fn steal_seconds(stat: &str) -> Option<f64> {
    // USER_HZ, the unit of this file, is 100 on every architecture that Rust's std runs on.
    const TICK: f64 = 0.01;
    let all_cpus = stat.lines().next()?.strip_prefix("cpu ")?;
    let steal: u64 = all_cpus.split_whitespace().nth(7)?.parse().ok()?;
    Some(steal as f64 * TICK)
}

/// Seconds a thread was ready to run and did not, from `/proc/self/task/N/schedstat`.
///
/// Without scheduler accounting the kernel leaves the waits at zero; it then counts no time slices
/// either, which gives it away on a thread that has run.
pub(crate) fn run_delay_seconds(schedstat: &str) -> Option<f64> {
    let mut fields = schedstat.split_whitespace().map(str::parse::<u64>);
    let (_ran, waited, slices) = (fields.next()?, fields.next()?.ok()?, fields.next()?.ok()?);
    (slices > 0).then_some(waited as f64 * 1e-9)
}

/// The group of this process in the unified hierarchy and in the cpu controller of the old one,
/// from `/proc/self/cgroup`.
pub(crate) fn cpu_groups(cgroup: &str) -> (Option<&str>, Option<&str>) {
    let (mut unified, mut legacy) = (None, None);
    for line in cgroup.lines() {
        let mut fields = line.splitn(3, ':');
        let (Some(id), Some(controllers), Some(path)) =
            (fields.next(), fields.next(), fields.next())
        else {
            continue;
        };
        if controllers.split(',').any(|controller| controller == "cpu") {
            legacy = Some(path);
        } else if id == "0" && controllers.is_empty() {
            unified = Some(path);
        }
    }
    (unified, legacy)
}

/// CPUs allowed by a `cpu.max`: quota over period, `None` for `max`.
pub(crate) fn quota_unified(cpu_max: &str) -> Option<f64> {
    let (quota, period) = cpu_max.trim().split_once(' ')?;
    ratio(quota, period)
}

/// CPUs allowed by `cpu.cfs_quota_us` and `cpu.cfs_period_us`, `None` for -1.
pub(crate) fn quota_legacy(quota: &str, period: &str) -> Option<f64> {
    ratio(quota, period)
}

fn ratio(quota: &str, period: &str) -> Option<f64> {
    let quota: f64 = quota.trim().parse().ok().filter(|quota| *quota > 0.0)?;
    let period: f64 = period.trim().parse().ok().filter(|period| *period > 0.0)?;
    Some(quota / period)
}

/// Seconds a control group was kept from running by its quota, from its `cpu.stat` of either
/// hierarchy.
pub(crate) fn throttled_seconds(cpu_stat: &str) -> Option<f64> {
    cpu_stat.lines().filter_map(|line| line.split_once(' ')).find_map(|(key, value)| {
        let unit = match key {
            "throttled_usec" => 1e-6,
            "throttled_time" => 1e-9,
            _ => return None,
        };
        Some(value.trim().parse::<u64>().ok()? as f64 * unit)
    })
}

/// The numbers of a list such as `0-3,8`.
pub(crate) fn list(list: &str) -> Option<Vec<usize>> {
    let mut numbers = Vec::new();
    for part in list.trim().split(',').filter(|part| !part.is_empty()) {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last): (usize, usize) = (first.parse().ok()?, last.parse().ok()?);
        if last < first {
            return None;
        }
        numbers.extend(first..=last);
    }
    Some(numbers)
}

/// How many numbers such a list holds, if any.
pub(crate) fn list_len(text: &str) -> Option<usize> {
    list(text).map(|numbers| numbers.len()).filter(|&len| len > 0)
}

/// The CPUs that a process may run on, from `/proc/self/status`.
pub(crate) fn allowed_cpus(status: &str) -> Option<Vec<usize>> {
    list(status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"))?)
}

/// Bytes of a size such as `48K` or `32M`.
pub(crate) fn size_bytes(size: &str) -> Option<u64> {
    let size = size.trim();
    let (number, unit) = match size.strip_suffix(['K', 'M', 'G']) {
        Some(number) => (number, &size[number.len()..]),
        None => (size, ""),
    };
    let shift = match unit {
        "K" => 10,
        "M" => 20,
        "G" => 30,
        _ => 0,
    };
    number.parse::<u64>().ok()?.checked_mul(1 << shift)
}

/// The choice in brackets of a text such as `always [madvise] never`.
pub(crate) fn bracketed(text: &str) -> Option<&str> {
    Some(text.split_once('[')?.1.split_once(']')?.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn model_of_x86_and_of_a_board_and_of_arm64() {
        let x86 = "processor\t: 0\nvendor_id\t: AuthenticAMD\nmodel\t\t: 2\n\
                   model name\t: Intel(R) Xeon(R)   CPU @ 2.00GHz\n";
        assert_eq!(cpu_model(x86).as_deref(), Some("Intel(R) Xeon(R) CPU @ 2.00GHz"));
        let board = "processor\t: 0\nCPU part\t: 0xd08\n\nModel\t\t: Raspberry Pi 4\n";
        assert_eq!(cpu_model(board).as_deref(), Some("Raspberry Pi 4"));
        assert_eq!(cpu_model("processor\t: 0\nCPU implementer\t: 0x41\n"), None);
    }

    #[test]
    fn memory_is_in_bytes() {
        let text = "MemFree:  1 kB\nMemTotal:       24607892 kB\n";
        assert_eq!(memory_bytes(text), Some(24_607_892 * 1024));
        assert_eq!(memory_bytes("MemFree: 1 kB\n"), None);
        assert_eq!(memory_bytes("MemTotal: many kB\n"), None);
    }

    #[test]
    fn steal_is_the_eighth_column_of_the_first_line() {
        let stat = "cpu  743 0 1249 277234 126 0 16 650 7 8\ncpu0 1 2 3 4 5 6 7 8 9 10\n";
        assert_eq!(steal_seconds(stat), Some(6.5));
        assert_eq!(steal_seconds("cpu  743 0 1249\n"), None);
        assert_eq!(steal_seconds("intr 1 2 3\n"), None);
    }

    #[test]
    fn run_delay_needs_a_kernel_that_counts() {
        assert_eq!(run_delay_seconds("230824532 1500000000 6\n"), Some(1.5));
        assert_eq!(run_delay_seconds("230824532 0 6\n"), Some(0.0));
        assert_eq!(run_delay_seconds("230824532 0 0\n"), None);
        assert_eq!(run_delay_seconds(""), None);
    }

    #[test]
    fn groups_of_both_hierarchies() {
        let both = "9:name=systemd:/a\n3:cpuset:/b\n1:cpu,cpuacct:/c:d\n0::/e\n";
        assert_eq!(cpu_groups(both), (Some("/e"), Some("/c:d")));
        assert_eq!(cpu_groups("0::/\n"), (Some("/"), None));
        assert_eq!(cpu_groups("2:cpuacct:/\n"), (None, None));
    }

    #[test]
    fn quotas() {
        assert_eq!(quota_unified("150000 100000\n"), Some(1.5));
        assert_eq!(quota_unified("max 100000\n"), None);
        assert_eq!(quota_legacy("200000\n", "100000\n"), Some(2.0));
        assert_eq!(quota_legacy("-1\n", "100000\n"), None);
        assert_eq!(quota_legacy("100000\n", "0\n"), None);
    }

    #[test]
    fn throttling_in_either_unit() {
        assert_eq!(throttled_seconds("nr_throttled 1\nthrottled_usec 250000\n"), Some(0.25));
        assert_eq!(throttled_seconds("nr_periods 0\nthrottled_time 2000000000\n"), Some(2.0));
        assert_eq!(throttled_seconds("usage_usec 5\n"), None);
    }

    #[test]
    fn lists_sizes_and_choices() {
        assert_eq!(list_len("0-3,8\n"), Some(5));
        assert_eq!(list_len("0"), Some(1));
        assert_eq!(list_len("3-1"), None);
        assert_eq!(list_len(""), None);
        assert_eq!(size_bytes("48K\n"), Some(48 << 10));
        assert_eq!(size_bytes("32M"), Some(32 << 20));
        assert_eq!(size_bytes("512"), Some(512));
        assert_eq!(size_bytes("big"), None);
        assert_eq!(bracketed("always [madvise] never\n"), Some("madvise"));
        assert_eq!(bracketed("always"), None);
    }
}
