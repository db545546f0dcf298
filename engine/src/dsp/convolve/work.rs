//! What there is to do in a partition, cut into pieces of even weight.

use super::transform::product;
use super::{Bin, Shape, Transform};
use crate::dsp::wide::{Four, InFours, in_fours};

/// Spectra of two banks of kernels, of the past input, and what a bank leaves to the next partition.
#[derive(Debug, Clone)]
pub(super) struct Kernels {
    parts: usize,
    partition: usize,
    sets: usize,
    /// Taps by set and crossing, filled up to whole partitions.
    drafts: Vec<Vec<[f64; 2]>>,
    pub(super) draft_crossed: bool,
    /// By bank, set, crossing and part.
    spectra: [Vec<Vec<Bin>>; 2],
    crossed: [bool; 2],
    /// By pair and turn.
    inputs: Vec<Vec<Bin>>,
    turn: usize,
    sum: Vec<Bin>,
    /// By bank and pair.
    rests: [Vec<Vec<[f64; 2]>>; 2],
}

/// What becomes of a convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Emit {
    /// It is the output.
    Whole,
    /// The output fades to it.
    Faded,
    /// Only what it leaves to the next partition counts.
    Rest,
}

#[derive(Debug, Clone, Copy)]
enum Work {
    TwistInput { pair: usize },
    ForwardInput { pair: usize, pass: usize },
    TwistKernel { bank: usize, kernel: usize, part: usize },
    ForwardKernel { bank: usize, kernel: usize, part: usize, pass: usize },
    Multiply { bank: usize, pair: usize },
    Inverse { pass: usize },
    Emit { bank: usize, pair: usize, how: Emit },
}

#[derive(Debug, Clone, Copy)]
struct Task {
    work: Work,
    /// Pieces that may be done one by one.
    items: usize,
    /// Of one piece, in tenths of a nanosecond or so.
    weight: usize,
}

/// The tasks of a partition and how far they are.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    tasks: Vec<Task>,
    /// Of all tasks.
    pub(super) weight: usize,
    done: usize,
    task: usize,
    item: usize,
    pairs: usize,
    size: usize,
    passes: usize,
}

/// What the work is done on, besides the kernels.
pub(super) struct Desk<'a> {
    pub(super) shape: &'a Shape,
    pub(super) transform: &'a Transform,
    pub(super) worked: &'a [Vec<[f64; 2]>],
    pub(super) made: &'a mut [Vec<[f64; 2]>],
    pub(super) fade: &'a [f64],
}

/// Bins whose sums are kept near while the parts of the kernel go by.
const TOGETHER: usize = 8;
const TWIST_WEIGHT: usize = 15;
const PASS_WEIGHT: usize = 70;
const PRODUCT_WEIGHT: usize = 20;
const EMIT_WEIGHT: usize = 30;

impl Kernels {
    pub(super) fn new(shape: &Shape) -> Kernels {
        let parts = shape.taps.div_ceil(shape.partition).max(1);
        let kernels = shape.sets * 2;
        let used = |kernel: usize| kernel.is_multiple_of(2) || shape.crossed;
        let length = |kernel: usize, unit: usize| if used(kernel) { parts * unit } else { 0 };
        let bank = || (0..kernels).map(|kernel| vec![Bin::default(); length(kernel, shape.partition)]).collect();
        let rest = || vec![vec![[0.0; 2]; shape.partition]; shape.pairs()];
        Kernels {
            parts,
            partition: shape.partition,
            sets: shape.sets,
            drafts: (0..kernels).map(|kernel| vec![[0.0; 2]; length(kernel, shape.partition)]).collect(),
            draft_crossed: false,
            spectra: [bank(), bank()],
            crossed: [false; 2],
            inputs: vec![vec![Bin::default(); parts * shape.partition]; shape.pairs()],
            turn: 0,
            sum: vec![Bin::default(); shape.partition],
            rests: [rest(), rest()],
        }
    }

    pub(super) fn draft(&mut self, set: usize, cross: bool) -> &mut [[f64; 2]] {
        &mut self.drafts[2 * set + usize::from(cross)]
    }

    pub(super) fn reset(&mut self) {
        self.inputs.iter_mut().for_each(|spectra| spectra.fill(Bin::default()));
        self.rests.iter_mut().flatten().for_each(|rest| rest.fill([0.0; 2]));
        self.turn = 0;
    }

    /// A new partition of input: the oldest spectrum gives way.
    pub(super) fn turn(&mut self) {
        self.turn = (self.turn + 1) % self.parts;
    }

    /// Transforms the whole draft at once.
    pub(super) fn load(&mut self, bank: usize, transform: &Transform) {
        self.crossed[bank] = self.draft_crossed;
        for kernel in 0..2 * self.sets {
            for part in 0..self.drafts[kernel].len() / self.partition {
                self.twist(bank, kernel, part, transform, 0, self.partition);
                let bins = &mut self.spectra[bank][kernel][part * self.partition..][..self.partition];
                in_fours(Forward { transform, bins });
            }
        }
    }

    #[inline(always)]
    fn twist(&mut self, bank: usize, kernel: usize, part: usize, transform: &Transform, from: usize, to: usize) {
        let taps = &self.drafts[kernel][part * self.partition..][..self.partition];
        let bins = &mut self.spectra[bank][kernel][part * self.partition..][..self.partition];
        transform.twist(taps, bins, from, to, 1.0 / self.partition as f64);
    }

    /// Sums of the products of past inputs and parts of the kernel, newest first.
    #[inline(always)]
    fn multiply<V: Four>(&mut self, bank: usize, pair: usize, from: usize, to: usize) {
        let kernel = 2 * pair.min(self.sets - 1);
        for start in (from..to).step_by(TOGETHER) {
            let end = (start + TOGETHER).min(to);
            let mut sums = [V::splat(0.0); TOGETHER];
            for part in 0..self.parts {
                let turn = (self.turn + self.parts - part) % self.parts;
                let input = &self.inputs[pair][turn * self.partition..][start..end];
                let direct = &self.spectra[bank][kernel][part * self.partition..][start..end];
                for ((sum, input), direct) in sums.iter_mut().zip(input).zip(direct) {
                    *sum = sum.plus(product(input.four(), direct.four()));
                }
                if self.crossed[bank] {
                    let cross = &self.spectra[bank][kernel + 1][part * self.partition..][start..end];
                    for ((sum, input), cross) in sums.iter_mut().zip(input).zip(cross) {
                        *sum = sum.plus(product(input.four::<V>().twos_exchanged(), cross.four()));
                    }
                }
            }
            for (bin, sum) in self.sum[start..end].iter_mut().zip(sums) {
                bin.put(sum);
            }
        }
    }

    #[inline(always)]
    fn emit(&mut self, bank: usize, pair: usize, how: Emit, desk: &mut Desk<'_>, from: usize, to: usize) {
        let rest = &mut self.rests[bank][pair][from..to];
        let made = &mut desk.made[pair][from..to];
        for index in 0..to - from {
            let (head, tail) = desk.transform.untwisted(&self.sum[from + index], from + index);
            let whole = [head[0] + rest[index][0], head[1] + rest[index][1]];
            rest[index] = tail;
            match how {
                Emit::Whole => made[index] = whole,
                Emit::Faded => {
                    let share = desk.fade[from + index];
                    for lane in 0..2 {
                        made[index][lane] += share * (whole[lane] - made[index][lane]);
                    }
                }
                Emit::Rest => {}
            }
        }
    }
}

impl Plan {
    pub(super) fn new(shape: &Shape, transform: &Transform) -> Plan {
        let parts = shape.taps.div_ceil(shape.partition).max(1);
        let (pairs, passes) = (shape.pairs(), transform.passes());
        let most = pairs * (1 + passes) + 2 * shape.sets * parts * (1 + passes) + 2 * pairs * (2 + passes);
        let tasks = Vec::with_capacity(most);
        Plan { tasks, weight: 0, done: 0, task: 0, item: 0, pairs, size: transform.size(), passes }
    }

    pub(super) fn begin(&mut self) {
        self.tasks.clear();
        (self.weight, self.done, self.task, self.item) = (0, 0, 0, 0);
    }

    fn add(&mut self, work: Work, items: usize, weight: usize) {
        debug_assert!(self.tasks.len() < self.tasks.capacity());
        self.weight += items * weight;
        self.tasks.push(Task { work, items, weight });
    }

    /// The input of every pair is transformed.
    pub(super) fn input(&mut self) {
        for pair in 0..self.pairs {
            self.add(Work::TwistInput { pair }, self.size, TWIST_WEIGHT);
            for pass in 0..self.passes {
                self.add(Work::ForwardInput { pair, pass }, self.size / 4, PASS_WEIGHT);
            }
        }
    }

    /// The draft is transformed into a bank.
    pub(super) fn load(&mut self, kernels: &Kernels, bank: usize) {
        for kernel in 0..2 * kernels.sets {
            let needed = kernel.is_multiple_of(2) || kernels.draft_crossed;
            let parts = if needed { kernels.drafts[kernel].len() / self.size } else { 0 };
            for part in 0..parts {
                self.add(Work::TwistKernel { bank, kernel, part }, self.size, TWIST_WEIGHT);
                for pass in 0..self.passes {
                    self.add(Work::ForwardKernel { bank, kernel, part, pass }, self.size / 4, PASS_WEIGHT);
                }
            }
        }
    }

    /// Every pair is convolved with the kernels of a bank.
    pub(super) fn convolve(&mut self, kernels: &Kernels, bank: usize, how: Emit) {
        let products = kernels.parts * if kernels.crossed[bank] { 2 } else { 1 };
        for pair in 0..self.pairs {
            self.add(Work::Multiply { bank, pair }, self.size, PRODUCT_WEIGHT * products);
            for pass in 0..self.passes {
                self.add(Work::Inverse { pass }, self.size / 4, PASS_WEIGHT);
            }
            self.add(Work::Emit { bank, pair, how }, self.size, EMIT_WEIGHT);
        }
    }

    /// Works until `due` of the weight is done.
    pub(super) fn run(&mut self, kernels: &mut Kernels, mut desk: Desk<'_>, due: usize) {
        while self.done < due {
            let Some(task) = self.tasks.get(self.task).copied() else { return };
            let pieces = (due - self.done).div_ceil(task.weight);
            let to = (self.item + pieces).min(task.items);
            in_fours(Piece { kernels, desk: &mut desk, work: task.work, from: self.item, to });
            self.done += (to - self.item) * task.weight;
            self.item = to;
            if to == task.items {
                self.task += 1;
                self.item = 0;
            }
        }
    }
}

/// Some of a task.
struct Piece<'a, 'b> {
    kernels: &'a mut Kernels,
    desk: &'a mut Desk<'b>,
    work: Work,
    from: usize,
    to: usize,
}

impl InFours for Piece<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Four>(self) {
        perform::<V>(self.kernels, self.desk, self.work, self.from, self.to);
    }
}

/// All forward passes over some bins.
struct Forward<'a> {
    transform: &'a Transform,
    bins: &'a mut [Bin],
}

impl InFours for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Four>(self) {
        let Forward { transform, bins } = self;
        (0..transform.passes()).for_each(|pass| transform.forward::<V>(pass, bins, 0, transform.units()));
    }
}

#[inline(always)]
fn perform<V: Four>(kernels: &mut Kernels, desk: &mut Desk<'_>, work: Work, from: usize, to: usize) {
    let (size, transform) = (desk.shape.partition, desk.transform);
    match work {
        Work::TwistInput { pair } => {
            let bins = &mut kernels.inputs[pair][kernels.turn * size..][..size];
            transform.twist(&desk.worked[pair], bins, from, to, 1.0);
        }
        Work::ForwardInput { pair, pass } => {
            let bins = &mut kernels.inputs[pair][kernels.turn * size..][..size];
            transform.forward::<V>(pass, bins, from, to);
        }
        Work::TwistKernel { bank, kernel, part } => {
            if (kernel, part, from) == (0, 0, 0) {
                kernels.crossed[bank] = kernels.draft_crossed;
            }
            kernels.twist(bank, kernel, part, transform, from, to);
        }
        Work::ForwardKernel { bank, kernel, part, pass } => {
            transform.forward::<V>(pass, &mut kernels.spectra[bank][kernel][part * size..][..size], from, to);
        }
        Work::Multiply { bank, pair } => kernels.multiply::<V>(bank, pair, from, to),
        Work::Inverse { pass } => transform.inverse_in::<V>(pass, &mut kernels.sum, from, to),
        Work::Emit { bank, pair, how } => kernels.emit(bank, pair, how, desk, from, to),
    }
}
