use super::Edit;

/// Steps that can be taken back. A step is a few hundred bytes; a day of work is some thousand steps.
const DEPTH: usize = 10_000;

/// One step of the undo list: what the engineer did at once.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// What it did, in words.
    pub label: String,
    /// The edit as it was done.
    pub edit: Edit,
    /// Number of the step, never used twice in a history.
    number: u64,
}

/// What was done and what was taken back.
#[derive(Debug, Clone, Default)]
pub struct History {
    done: Vec<Step>,
    undone: Vec<Step>,
    /// The step after which the document was saved; 0 stands for the state it was opened in.
    clean: Option<u64>,
    next: u64,
    gesture: Option<Gesture>,
}

#[derive(Debug, Clone)]
struct Gesture {
    label: Option<String>,
    edits: Vec<Edit>,
    number: u64,
}

impl History {
    /// Nothing done yet, and nothing to save.
    pub(super) fn new() -> History {
        History { clean: Some(0), next: 1, ..History::default() }
    }

    /// Steps that can be taken back.
    pub fn depth(&self) -> usize {
        self.done.len() + usize::from(self.gesture.as_ref().is_some_and(|gesture| !gesture.edits.is_empty()))
    }

    /// Steps that were taken back and can be done again.
    pub fn redo_depth(&self) -> usize {
        self.undone.len()
    }

    /// The step that undo would take back.
    pub fn undo_label(&self) -> Option<&str> {
        self.done.last().map(|step| step.label.as_str())
    }

    /// The step that redo would do again.
    pub fn redo_label(&self) -> Option<&str> {
        self.undone.last().map(|step| step.label.as_str())
    }

    /// The steps done, oldest first.
    pub fn steps(&self) -> &[Step] {
        &self.done
    }

    /// Whether the document differs from what was last saved.
    pub fn is_dirty(&self) -> bool {
        let moved = self.gesture.as_ref().is_some_and(|gesture| !gesture.edits.is_empty());
        moved || self.clean != Some(self.now())
    }

    /// Number of the step the document stands on.
    fn now(&self) -> u64 {
        self.done.last().map_or(0, |step| step.number)
    }

    /// Number of the step that an edit recorded now belongs to.
    pub(super) fn current(&self) -> u64 {
        self.gesture.as_ref().map_or(self.next, |gesture| gesture.number)
    }

    pub(super) fn mark_clean(&mut self) {
        self.clean = Some(self.now());
    }

    /// The state as it stands is in no file.
    pub(super) fn mark_unsaved(&mut self) {
        self.clean = None;
    }

    pub(super) fn is_in_gesture(&self) -> bool {
        self.gesture.is_some()
    }

    /// A gesture begins: what follows is one step.
    pub(super) fn begin(&mut self, label: Option<String>) {
        let number = self.take_number();
        self.gesture = Some(Gesture { label, edits: Vec::new(), number });
    }

    /// The gesture's edits so far, taken out of it; the gesture is over.
    pub(super) fn take_gesture(&mut self) -> Option<(Option<String>, Vec<Edit>)> {
        self.gesture.take().map(|gesture| (gesture.label, gesture.edits))
    }

    /// Closes the gesture: its edits become one step. `describe` names it where the caller did not.
    pub(super) fn end(&mut self, describe: impl Fn(&Edit) -> String) {
        let Some(gesture) = self.gesture.take() else { return };
        let mut edits = gesture.edits;
        let edit = match edits.len() {
            0 => return,
            1 => edits.remove(0),
            _ => Edit::Batch { label: gesture.label.clone().unwrap_or_default(), edits },
        };
        let label = gesture.label.unwrap_or_else(|| describe(&edit));
        self.push(Step { label, edit, number: gesture.number });
    }

    pub(super) fn record(&mut self, label: String, edit: Edit) {
        self.undone.clear();
        match &mut self.gesture {
            Some(gesture) => merge(&mut gesture.edits, edit),
            None => {
                let number = self.take_number();
                self.push(Step { label, edit, number });
            }
        }
    }

    pub(super) fn last(&self) -> Option<&Step> {
        self.done.last()
    }

    pub(super) fn last_undone(&self) -> Option<&Step> {
        self.undone.last()
    }

    pub(super) fn step_back(&mut self) {
        self.undone.extend(self.done.pop());
    }

    pub(super) fn step_forward(&mut self) {
        self.done.extend(self.undone.pop());
    }

    /// Every edit in the history.
    pub(super) fn edits_mut(&mut self) -> impl Iterator<Item = &mut Edit> {
        self.done.iter_mut().chain(&mut self.undone).map(|step| &mut step.edit)
    }

    fn push(&mut self, step: Step) {
        self.done.push(step);
        if self.done.len() > DEPTH {
            let dropped = self.done.remove(0);
            // The state before the first step can no longer be reached.
            if self.clean.is_some_and(|clean| clean < dropped.number) {
                self.clean = None;
            }
        }
    }

    pub(super) fn take_number(&mut self) -> u64 {
        self.next += 1;
        self.next - 1
    }
}

/// Adds an edit to a gesture; a value that moves again only moves its end.
fn merge(edits: &mut Vec<Edit>, edit: Edit) {
    if let (Some(Edit::Set { path: last, to: end @ Some(_), .. }), Edit::Set { path, to: Some(to), .. }) =
        (edits.last_mut(), &edit)
        && last == path
    {
        *end = Some(to.clone());
        return;
    }
    edits.push(edit);
}
