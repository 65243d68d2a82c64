//! Line charts as SVG, coloured by the style sheet of whatever they stand in.
//!
//! Drawn here and not by a library: those that were looked at write fixed colours into their
//! pictures, which are lost in the dark and on paper, and put no text for readers who cannot see
//! them.

use std::fmt::Write;

/// A chart of lines and marks.
#[derive(Clone, Debug)]
pub(crate) struct Chart {
    pub(crate) title: String,
    /// What a reader who cannot see it should know.
    pub(crate) alt: String,
    pub(crate) x: Axis,
    pub(crate) y: Axis,
    pub(crate) series: Vec<Series>,
}

/// One axis.
#[derive(Clone, Debug)]
pub(crate) struct Axis {
    pub(crate) label: String,
    scale: Scale,
    low: f64,
    high: f64,
    ticks: Vec<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scale {
    Linear,
    Log,
}

/// Points that belong together.
#[derive(Clone, Debug)]
pub(crate) struct Series {
    pub(crate) name: String,
    pub(crate) style: Style,
    pub(crate) points: Vec<Mark>,
}

/// How a series is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// A dashed line in grey: what could be at best.
    Ideal,
    /// A dotted line in grey: a law that was fitted.
    Law,
    /// A line with marks, in the colour of this number.
    Line(usize),
    /// Marks alone.
    Marks(usize),
    /// Small grey marks: what stands behind the others.
    Background,
}

/// A point, and the range that it was measured in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Mark {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) range: Option<(f64, f64)>,
}

impl Mark {
    pub(crate) fn at(x: f64, y: f64) -> Self {
        Self { x, y, range: None }
    }
}

/// Narrow, so that texts can be read on a telephone, where a chart is scaled to three quarters.
const WIDTH: f64 = 480.0;
const LEFT: f64 = 76.0;
const RIGHT: f64 = 18.0;
const TOP: f64 = 40.0;
const PLOT: f64 = 260.0;
/// From the plot to the first line of the legend.
const BELOW: f64 = 62.0;
const LINE: f64 = 22.0;
/// Width of a character of 14 pixels, on the large side.
const CHARACTER: f64 = 7.8;

/// Colours of charts in the light, in the dark and on paper, as the names that [`Chart::svg`] uses.
pub(crate) const COLOURS: &str = "\
:root{--ink:#1b1f24;--soft:#59636e;--grid:#d8dee4;--paper:#fff;\
--c0:#0067a8;--c1:#c24a00;--c2:#00805a;--c3:#a33a78;--c4:#6b46a0;--c5:#6f5b00}\
@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9ea7b0;--grid:#3a424b;--paper:#12161c;\
--c0:#64b5f6;--c1:#ff9457;--c2:#4fd1a5;--c3:#f09ac8;--c4:#c3a5f5;--c5:#e0c453}}\
@media print{:root{--ink:#000;--soft:#333;--grid:#bbb;--paper:#fff;\
--c0:#0067a8;--c1:#c24a00;--c2:#00805a;--c3:#a33a78;--c4:#6b46a0;--c5:#6f5b00}}";

/// How the parts of charts look.
pub(crate) const STYLE: &str = "\
.chart text{font:14px system-ui,sans-serif;fill:var(--ink)}\
.chart .title{font-weight:600;font-size:15px}\
.chart .tick{fill:var(--soft);font-size:13px}\
.chart .grid{stroke:var(--grid);stroke-width:1}\
.chart .line{fill:none;stroke-width:2.2;stroke-linejoin:round}\
.chart .ideal{fill:none;stroke:var(--soft);stroke-width:1.6;stroke-dasharray:7 5}\
.chart .law{fill:none;stroke:var(--soft);stroke-width:1.6;stroke-dasharray:2 4}\
.chart .range{stroke-width:1.4}\
.chart .mark{stroke:var(--paper);stroke-width:1}\
.s0{stroke:var(--c0)}.s1{stroke:var(--c1)}.s2{stroke:var(--c2)}\
.s3{stroke:var(--c3)}.s4{stroke:var(--c4)}.s5{stroke:var(--c5)}\
.f0{fill:var(--c0)}.f1{fill:var(--c1)}.f2{fill:var(--c2)}\
.f3{fill:var(--c3)}.f4{fill:var(--c4)}.f5{fill:var(--c5)}\
.chart .small{fill:none;stroke:var(--soft);stroke-width:1.6}";

const KINDS: usize = 6;

impl Axis {
    /// From zero to at least `high`, with round ticks.
    pub(crate) fn from_zero(label: impl Into<String>, high: f64) -> Self {
        let step = round_up((high / 5.0).max(1e-9));
        // A hair above the last tick is no reason for another.
        let count = (high / step - 0.02).ceil().max(1.0);
        let ticks = (0..=count as usize).map(|i| i as f64 * step).collect();
        Self { label: label.into(), scale: Scale::Linear, low: 0.0, high: count * step, ticks }
    }

    /// Numbers of threads: in equal steps while they are few, in equal ratios when they are many.
    pub(crate) fn threads(counts: &[usize]) -> Self {
        let most = counts.iter().copied().max().unwrap_or(1).max(2) as f64;
        let ticks = counts.iter().map(|&count| count as f64).collect();
        let few = most <= 16.0;
        let (scale, low) = if few { (Scale::Linear, 0.0) } else { (Scale::Log, 0.8) };
        let high = if few { most + 0.5 } else { most * 1.25 };
        Self { label: "threads".to_owned(), scale, low, high, ticks }
    }

    /// Counts in equal steps up to `most`, with ticks at these.
    pub(crate) fn counts(label: impl Into<String>, ticks: &[usize], most: usize) -> Self {
        let ticks = ticks.iter().map(|&count| count as f64).collect();
        let (label, high) = (label.into(), most as f64 * 1.04);
        Self { label, scale: Scale::Linear, low: 0.0, high, ticks }
    }

    /// In equal ratios, with ticks at 1, 2 and 5.
    pub(crate) fn ratios(label: impl Into<String>, low: f64, high: f64) -> Self {
        let (low, high) = (low * 0.8, high * 1.25);
        let first = low.log10().floor() as i32;
        let last = high.log10().ceil() as i32;
        let ticks = (first..=last)
            .flat_map(|power| [1.0, 2.0, 5.0].map(|digit| digit * 10_f64.powi(power)))
            .filter(|tick| (low..=high).contains(tick))
            .collect();
        Self { label: label.into(), scale: Scale::Log, low, high, ticks }
    }

    /// Whether ratios are equal steps.
    pub(crate) fn is_log(&self) -> bool {
        self.scale == Scale::Log
    }

    /// The same scale for another quantity, wide enough for its values: the ideal line stays
    /// straight.
    pub(crate) fn like(&self, label: impl Into<String>, low: f64, high: f64) -> Self {
        let (low, high) = (self.low.min(0.9 * low), self.high.max(1.1 * high));
        Self { label: label.into(), low, high, ..self.clone() }
    }

    /// Whether a value lies between its ends.
    #[cfg(test)]
    pub(crate) fn shows(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }

    /// The share of the way from its low end to its high one.
    fn place(&self, value: f64) -> f64 {
        let share = match self.scale {
            Scale::Linear => (value - self.low) / (self.high - self.low),
            Scale::Log => (value / self.low).ln() / (self.high / self.low).ln(),
        };
        if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 }
    }

    /// The ticks whose texts, each so long, do not touch on an axis of this length.
    fn shown(&self, length: f64, room: impl Fn(&str) -> f64) -> Vec<(f64, String)> {
        let mut shown: Vec<(f64, String)> = Vec::new();
        // The last tick is the one that matters most, so that it is placed first.
        for &tick in self.ticks.iter().rev() {
            let (place, text) = (length * self.place(tick), number(tick));
            let clear = |(other, label): &(f64, String)| {
                (other - place).abs() >= (room(&text) + room(label)) / 2.0
            };
            if shown.iter().all(clear) {
                shown.push((place, text));
            }
        }
        shown.reverse();
        shown
    }
}

/// A number with as many digits as a tick needs.
fn number(value: f64) -> String {
    if value >= 10.0 || value == value.trunc() {
        format!("{value:.0}")
    } else {
        let text = format!("{value:.3}");
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }
}

/// The next of 1, 2, 2.5, 5 and 10 times a power of ten.
fn round_up(value: f64) -> f64 {
    let power = 10_f64.powf(value.log10().floor());
    let digits = [1.0, 2.0, 2.5, 5.0, 10.0];
    let fitting = digits.into_iter().find(|digit| digit * power >= value * 0.999);
    fitting.unwrap_or(10.0) * power
}

/// Text as it may stand in XML.
pub(crate) fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    // Control characters may not stand in it at all.
    text.replace('"', "&quot;").replace(char::is_control, " ")
}

impl Chart {
    /// The picture, to stand in a page whose style sheet has [`COLOURS`] and [`STYLE`].
    pub(crate) fn svg(&self) -> String {
        self.drawn("")
    }

    /// The picture as a file of its own.
    pub(crate) fn file(&self) -> String {
        let paper = "<rect width=\"100%\" height=\"100%\" fill=\"var(--paper)\"/>";
        self.drawn(&format!("<style>{COLOURS}{STYLE}</style>{paper}"))
    }

    fn drawn(&self, head: &str) -> String {
        let columns = self.legend_columns();
        let height = TOP + PLOT + BELOW + LINE * self.series.len().div_ceil(columns) as f64;
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\" role=\"img\" \
             viewBox=\"0 0 {WIDTH} {height}\" aria-label=\"{}\">{head}",
            escaped(&self.alt)
        );
        let text = escaped(&self.title);
        push(&mut out, format_args!("<text class=\"title\" x=\"{LEFT}\" y=\"22\">{text}</text>"));
        self.axes(&mut out);
        for series in &self.series {
            self.line(&mut out, series);
        }
        self.legend(&mut out, columns);
        out + "</svg>\n"
    }

    fn plot_width() -> f64 {
        WIDTH - LEFT - RIGHT
    }

    fn point(&self, x: f64, y: f64) -> (f64, f64) {
        (LEFT + Self::plot_width() * self.x.place(x), TOP + PLOT * (1.0 - self.y.place(y)))
    }

    fn axes(&self, out: &mut String) {
        let (right, bottom) = (WIDTH - RIGHT, TOP + PLOT);
        for (place, text) in self.y.shown(PLOT, |_| LINE) {
            let y = bottom - place;
            push(
                out,
                format_args!(
                    "<path class=\"grid\" d=\"M{LEFT} {y:.1}H{right}\"/><text class=\"tick\" \
                     text-anchor=\"end\" x=\"{:.1}\" y=\"{:.1}\">{text}</text>",
                    LEFT - 8.0,
                    y + 4.5
                ),
            );
        }
        let room = |text: &str| CHARACTER * (text.len() as f64 + 1.0);
        for (place, text) in self.x.shown(Self::plot_width(), room) {
            let x = LEFT + place;
            push(
                out,
                format_args!(
                    "<path class=\"grid\" d=\"M{x:.1} {TOP}V{:.1}\"/><text class=\"tick\" \
                     text-anchor=\"middle\" x=\"{x:.1}\" y=\"{:.1}\">{text}</text>",
                    bottom + 5.0,
                    bottom + 20.0
                ),
            );
        }
        let middle = LEFT + Self::plot_width() / 2.0;
        let (x, y) = (escaped(&self.x.label), escaped(&self.y.label));
        push(
            out,
            format_args!(
                "<text text-anchor=\"middle\" x=\"{middle:.1}\" y=\"{:.1}\">{x}</text>\
                 <text text-anchor=\"middle\" transform=\"translate(15 {:.1}) rotate(-90)\">{y}</text>",
                bottom + 39.0,
                TOP + PLOT / 2.0
            ),
        );
    }

    fn line(&self, out: &mut String, series: &Series) {
        let points: Vec<(f64, f64)> =
            series.points.iter().map(|mark| self.point(mark.x, mark.y)).collect();
        let class = match series.style {
            Style::Ideal => Some("ideal".to_owned()),
            Style::Law => Some("law".to_owned()),
            Style::Line(kind) => Some(format!("line s{}", kind % KINDS)),
            Style::Marks(_) | Style::Background => None,
        };
        if let Some(class) = class.filter(|_| points.len() > 1) {
            let path: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1} {y:.1}")).collect();
            push(out, format_args!("<path class=\"{class}\" d=\"M{}\"/>", path.join("L")));
        }
        if series.style == Style::Background {
            points.iter().for_each(|&(x, y)| out.push_str(&small(x, y)));
        }
        let (Style::Line(kind) | Style::Marks(kind)) = series.style else { return };
        for (mark, (x, y)) in series.points.iter().zip(points) {
            if let Some((low, high)) = mark.range {
                let (low, high) = (self.point(mark.x, low).1, self.point(mark.x, high).1);
                push(
                    out,
                    format_args!(
                        "<path class=\"range s{}\" d=\"M{x:.1} {low:.1}V{high:.1}\"/>",
                        kind % KINDS
                    ),
                );
            }
            out.push_str(&sign(kind, x, y));
        }
    }

    /// Two columns where every name has room in half the width.
    fn legend_columns(&self) -> usize {
        let longest = self.series.iter().map(|series| series.name.chars().count()).max();
        let half = (WIDTH - LEFT) / 2.0 - 40.0;
        if longest.unwrap_or(0) as f64 * CHARACTER <= half { 2 } else { 1 }
    }

    fn legend(&self, out: &mut String, columns: usize) {
        for (number, series) in self.series.iter().enumerate() {
            let x = LEFT + (number % columns) as f64 * (WIDTH - LEFT) / columns as f64;
            let y = TOP + PLOT + BELOW + LINE * (number / columns) as f64;
            let line = format!("d=\"M{x:.1} {y:.1}h26\"");
            match series.style {
                Style::Ideal => push(out, format_args!("<path class=\"ideal\" {line}/>")),
                Style::Law => push(out, format_args!("<path class=\"law\" {line}/>")),
                Style::Line(kind) => push(
                    out,
                    format_args!(
                        "<path class=\"line s{}\" {line}/>{}",
                        kind % KINDS,
                        sign(kind, x + 13.0, y)
                    ),
                ),
                Style::Marks(kind) => out.push_str(&sign(kind, x + 13.0, y)),
                Style::Background => out.push_str(&small(x + 13.0, y)),
            }
            let name = escaped(&series.name);
            push(
                out,
                format_args!("<text x=\"{:.1}\" y=\"{:.1}\">{name}</text>", x + 34.0, y + 4.5),
            );
        }
    }
}

fn small(x: f64, y: f64) -> String {
    format!("<circle class=\"small\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.4\"/>")
}

/// A mark of a shape of its own for each series: not everybody can tell the colours apart.
fn sign(kind: usize, x: f64, y: f64) -> String {
    let class = format!("class=\"mark f{}\"", kind % KINDS);
    let path = |d: String| format!("<path {class} d=\"{d}\"/>");
    match kind % KINDS {
        0 => format!("<circle {class} cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"5\"/>"),
        1 => path(format!("M{:.1} {:.1}h9v9h-9z", x - 4.5, y - 4.5)),
        2 => path(format!("M{x:.1} {:.1}l6 10.4h-12z", y - 6.4)),
        3 => path(format!("M{x:.1} {:.1}l6.4 6.4l-6.4 6.4l-6.4-6.4z", y - 6.4)),
        4 => path(format!("M{x:.1} {:.1}l6-10.4h-12z", y + 6.4)),
        _ => path(format!("M{:.1} {:.1}h3v4h4v3h-4v4h-3v-4h-4v-3h4z", x - 1.5, y - 5.5)),
    }
}

fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing into a string does not fail.
    let _ = out.write_fmt(text);
}
