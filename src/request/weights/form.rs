//! The stored form of weights: one half, or the whole list.

use std::sync::Arc;

use gausstack_kernels::{Parity, Taps};

use crate::error::Error;

/// Shared weights: there may be a gigabyte of them.
pub(crate) type Kept<A> = Arc<Vec<A>>;

/// The correlation weights of an axis, in one arithmetic.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Form<A> {
    /// The centre and one side, outward, of symmetric or antisymmetric weights; `before` weights
    /// multiply samples before the output's own.
    Folded { parity: Parity, half: Kept<A>, before: usize },
    /// All of them in order.
    Listed { weights: Kept<A>, before: usize },
}

impl<A: Copy> Form<A> {
    /// Folded weights whose centre multiplies the output's own sample.
    pub(crate) fn centred(parity: Parity, half: Vec<A>) -> Self {
        Self::Folded { parity, before: half.len().saturating_sub(1), half: Arc::new(half) }
    }

    /// The number of weights for samples before the output's own.
    pub(crate) fn before(&self) -> usize {
        let (Self::Folded { before, .. } | Self::Listed { before, .. }) = self;
        *before
    }

    /// The number of weights.
    pub(crate) fn count(&self) -> usize {
        match self {
            Self::Folded { half, .. } => 2 * half.len() - 1,
            Self::Listed { weights, .. } => weights.len(),
        }
    }

    /// The number of weights for samples after the output's own.
    pub(crate) fn after(&self) -> usize {
        self.count() - 1 - self.before()
    }

    /// The distance of the furthest sample.
    pub(crate) fn radius(&self) -> usize {
        self.before().max(self.after())
    }

    /// The stored weights.
    pub(crate) fn kept(&self) -> &[A] {
        match self {
            Self::Folded { half: kept, .. } | Self::Listed { weights: kept, .. } => kept,
        }
    }

    /// The weights as the kernels take them.
    pub(crate) fn taps(&self) -> Taps<'_, A> {
        match *self {
            Self::Folded { parity, ref half, before } => Taps::Folded { parity, half, before },
            Self::Listed { ref weights, before } => Taps::Listed { weights, before },
        }
    }

    /// These weights with `number` applied to each.
    pub(crate) fn map<B>(&self, number: impl Fn(A) -> B) -> Result<Form<B>, Error> {
        let mut kept = reserve(self.kept().len())?;
        kept.extend(self.kept().iter().map(|&weight| number(weight)));
        let kept = Arc::new(kept);
        Ok(match *self {
            Self::Folded { parity, before, .. } => Form::Folded { parity, half: kept, before },
            Self::Listed { before, .. } => Form::Listed { weights: kept, before },
        })
    }
}

/// An empty list with room for `len` weights.
pub(crate) fn reserve<A>(len: usize) -> Result<Vec<A>, Error> {
    let mut weights = Vec::new();
    let bytes = len.saturating_mul(size_of::<A>());
    weights.try_reserve_exact(len).map_err(|_| Error::OutOfMemory { bytes })?;
    Ok(weights)
}
