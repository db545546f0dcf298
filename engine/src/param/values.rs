use super::{SlotIndex, Table};

/// The resolved values of one stage: one f64 per slot of its table, and how many rows of each group are in use.
#[derive(Debug, Clone, PartialEq)]
pub struct Values {
    table: &'static Table,
    slots: Vec<f64>,
    rows: Vec<usize>,
}

/// One row of a group, read by parameter id.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    values: &'a Values,
    group: &'static str,
    row: usize,
}

impl Values {
    /// The defaults of a new stage: no rows in use.
    pub fn defaults(table: &'static Table) -> Values {
        let mut slots: Vec<f64> = table.params.iter().map(|spec| spec.default).collect();
        for group in table.groups {
            for _ in 0..group.capacity {
                slots.extend(group.params.iter().map(|spec| spec.default));
            }
        }
        Values { table, slots, rows: vec![0; table.groups.len()] }
    }

    /// The declaration these values belong to.
    pub fn table(&self) -> &'static Table {
        self.table
    }

    /// The value of parameter `id`; a name that is not in the table is a mistake in code and gives NaN.
    pub fn get(&self, id: &str) -> f64 {
        let found = self.table.find(id);
        debug_assert!(found.is_some(), "{} has no parameter {id}", self.table.id);
        found.map_or(f64::NAN, |(slot, _)| self.at(slot))
    }

    /// Whether the switch `id` is on.
    pub fn is_on(&self, id: &str) -> bool {
        self.get(id) >= 0.5
    }

    /// The index of the choice `id`.
    pub fn choice(&self, id: &str) -> usize {
        self.get(id).max(0.0) as usize
    }

    /// The value in a slot.
    pub fn at(&self, slot: SlotIndex) -> f64 {
        self.slots.get(usize::from(slot.0)).copied().unwrap_or(f64::NAN)
    }

    /// Puts a value into a slot, as it is.
    pub fn set(&mut self, slot: SlotIndex, value: f64) {
        if let Some(place) = self.slots.get_mut(usize::from(slot.0)) {
            *place = value;
        }
    }

    /// The same, by id; says whether the table knows it.
    pub fn set_by_id(&mut self, id: &str, value: f64) -> bool {
        let found = self.table.find(id);
        if let Some((slot, _)) = found {
            self.set(slot, value);
        }
        found.is_some()
    }

    /// Takes the next free row of `group` into use and gives its number, or `None` where the capacity is used up.
    pub fn add_row(&mut self, group: &str) -> Option<usize> {
        let index = self.table.groups.iter().position(|g| g.id == group)?;
        let row = self.rows[index];
        if row >= self.table.groups[index].capacity {
            return None;
        }
        self.rows[index] += 1;
        Some(row)
    }

    /// Puts a value into a row of a group; says whether the table knows it.
    pub fn set_in_row(&mut self, group: &str, row: usize, id: &str, value: f64) -> bool {
        let found = self.table.find_in_group(group, row, id);
        if let Some((slot, _)) = found {
            self.set(slot, value);
        }
        found.is_some()
    }

    /// The rows of `group` in use.
    pub fn rows(&self, group: &'static str) -> impl Iterator<Item = Row<'_>> {
        let index = self.table.groups.iter().position(|g| g.id == group);
        let count = index.map_or(0, |index| self.rows[index]);
        (0..count).map(move |row| Row { values: self, group, row })
    }
}

impl Row<'_> {
    /// The row's number in its group.
    pub fn number(&self) -> usize {
        self.row
    }

    /// The value of parameter `id` in this row.
    pub fn get(&self, id: &str) -> f64 {
        let found = self.values.table.find_in_group(self.group, self.row, id);
        debug_assert!(found.is_some(), "{} has no parameter {}.{id}", self.values.table.id, self.group);
        found.map_or(f64::NAN, |(slot, _)| self.values.at(slot))
    }

    /// Whether the switch `id` is on.
    pub fn is_on(&self, id: &str) -> bool {
        self.get(id) >= 0.5
    }

    /// The index of the choice `id`.
    pub fn choice(&self, id: &str) -> usize {
        self.get(id).max(0.0) as usize
    }
}
