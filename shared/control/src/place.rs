//! The place of a machine in a run: a stage, or a chunk of one that is done for many items.

use std::fmt;

use machine::{Epoch, stage::ChunkId};
use pipeline::{Definition, StageIndex};

/// Between a stage's name and the chunk. No stage's name has it.
const SEPARATOR: char = '#';

/// Which machine of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Place {
    /// The stage.
    pub(crate) stage: StageIndex,
    /// The chunk of it; `None` is the stage itself.
    pub(crate) chunk: Option<ChunkId>,
}

impl From<StageIndex> for Place {
    fn from(stage: StageIndex) -> Self {
        Self { stage, chunk: None }
    }
}

impl Place {
    /// From the name of its item.
    pub(crate) fn parse(definition: &Definition, name: &str) -> Option<Self> {
        let (stage, chunk) = match name.split_once(SEPARATOR) {
            Some((stage, chunk)) => (stage, Some(parse_chunk(chunk)?)),
            None => (name, None),
        };
        Some(Self { stage: definition.index_of(stage)?, chunk })
    }
}

/// The name of a machine's item: a stage's name, or `<stage>#<generation>-<number>` of a chunk.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ItemName<'a> {
    pub(crate) stage: &'a str,
    pub(crate) chunk: Option<ChunkId>,
}

impl fmt::Display for ItemName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.chunk {
            None => f.write_str(self.stage),
            Some(chunk) => write!(f, "{}{SEPARATOR}{}", self.stage, chunk_name(chunk)),
        }
    }
}

/// What a chunk is called within its stage: `<generation>-<number>`.
pub fn chunk_name(chunk: ChunkId) -> String {
    format!("{}-{}", chunk.generation.0, chunk.number)
}

/// The inverse of [`chunk_name`].
pub fn parse_chunk(text: &str) -> Option<ChunkId> {
    let (generation, number) = text.split_once('-')?;
    Some(ChunkId { generation: Epoch(generation.parse().ok()?), number: number.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_taken_apart_as_it_was_put_together() {
        let definition = pipeline::parse("p", "pipeline: p\nstages: { a-1: { image: x, command: [x] } }\n").unwrap();
        for chunk in [None, Some(ChunkId { generation: Epoch(2), number: 17 })] {
            let name = ItemName { stage: "a-1", chunk }.to_string();
            assert_eq!(Place::parse(&definition, &name), Some(Place { stage: StageIndex::new(0), chunk }), "{name}");
        }
        for name in ["b", "a-1#", "a-1#1", "a-1#x-1", "a-1#1-y"] {
            assert_eq!(Place::parse(&definition, name), None, "{name}");
        }
    }
}
