"""Mistakes in what an undo cannot restore, which worlds of the pipeline must find (mutants.py)."""

from __future__ import annotations

from tests.simulation.mutant import Mutant

UNDO_MUTANTS = (
    Mutant(
        "relisting.restore:restored_category",
        "if old_id == current_id or (tree.is_leaf(old_id) and tree.is_open(old_id)):",
        "if True:",
        "pipeline",
    ),
    Mutant(
        "relisting.restore:restored_category",
        "(tree.is_leaf(old_id) and tree.is_open(old_id))",
        "tree.is_leaf(old_id)",
        "pipeline",
    ),
    Mutant(
        "relisting.restore:restored_category",
        "(tree.is_leaf(old_id) and tree.is_open(old_id))",
        "tree.is_open(old_id)",
        "pipeline",
    ),
    Mutant("relisting.restore:restored_category", "old_id == current_id or (tree", "(tree", "pipeline"),
    Mutant(
        "relisting.restore:restored_category", "return current_id, (warning,)", "return old_id, (warning,)", "pipeline"
    ),
    Mutant("relisting.restore:restored_category", "old_name or old_id", "old_name", "pipeline"),
    Mutant("relisting.restore:fields_that_stay", "refused - apart", "refused", "pipeline"),
    Mutant("relisting.restore:fields_that_stay", "name in now and now[name]", "now.get(name)", "pipeline"),
    Mutant("relisting.restore:fields_that_stay", " and now[name] != restored.get(name)", "", "pipeline"),
    Mutant("relisting.restore:fields_that_stay", '.partition("[")[0]', "", "pipeline"),
    Mutant("relisting.restore:fields_that_stay", '.partition(".")[0]', "", "pipeline"),
    Mutant(
        "relisting.restore:_without_edit",
        "old_category(edit.before)[0], old_category(now)[0]",
        "old_category(edit.before)[1], old_category(now)[1]",
        "pipeline",
    ),
    Mutant(
        "worker.jobs.undo:Undo._edits",
        "entry.id is None or entry.id in state.edits",
        "entry.id in state.edits",
        "pipeline",
    ),
    Mutant("worker.jobs.undo:Undo._plan", "if isinstance(plan, AlreadyMigrated):", "if True:", "pipeline"),
    Mutant("worker.jobs.undo:Undo.__call__", "isinstance(result, Done) and ", "", "pipeline"),
)
