"""Mistakes in the decisions of the rollout and of undo that worlds of the pipeline must find (mutants.py)."""

from __future__ import annotations

from tests.simulation.mutant import Mutant

DECISION_MUTANTS = (
    Mutant(
        "relisting.restore:_merge_fields",
        "if (made != old and made == current) or was_damaged:",
        "if made != old or was_damaged:",
        "pipeline",
    ),
    Mutant(
        "relisting.restore:_merge_fields",
        "prefix + name in edit.damaged and is_empty(current)",
        "prefix + name in edit.damaged",
        "pipeline",
    ),
    Mutant("relisting.restore:_merge_fields", "if name in before:", "if True:", "pipeline"),
    Mutant("relisting.restore:_merge_fields", "product.pop(name, None)", "pass", "pipeline"),
    Mutant("relisting.restore:_merge_fields", "elif made != old:", "else:", "pipeline"),
    Mutant("relisting.restore:_merge_fields", "product[name] = before[name]", "product[name] = made", "pipeline"),
    Mutant(
        "relisting.restore:_without_edit",
        "(old_id != made_id and current_id == made_id)",
        "old_id != made_id",
        "pipeline",
    ),
    Mutant(
        "relisting.restore:_without_edit",
        "(old_id != made_id and current_id == made_id)",
        "current_id == made_id",
        "pipeline",
    ),
    Mutant("relisting.restore:_without_edit", "_merge_brand(edit, product, report)", "pass", "pipeline"),
    Mutant(
        "relisting.restore:_skus",
        "if sku_id in before and sku_id in sent:",
        "if sku_id in before and len(skus) == 0:",
        "pipeline",
    ),
    Mutant("relisting.restore:_skus", "skus.append(restored)", "skus.append(sku)", "pipeline"),
    Mutant(
        "relisting.restore:_merge_brand", "if BRAND in edit.damaged and old and not current:", "if False:", "pipeline"
    ),
    Mutant("relisting.restore:_merge_brand", "if old in (made, current):", "if old == current:", "pipeline"),
    Mutant("relisting.restore:_merge_brand", 'product.pop("brand", None)', "pass", "pipeline"),
    Mutant(
        "relisting.restore:_merge_attributes",
        'if list(merged.attributes) != list(product.get("product_attributes") or ()):',
        "if False:",
        "pipeline",
    ),
    Mutant(
        "relisting.restored_attributes:restored_attributes",
        "if made is None or (earlier is not None and same_values(earlier, made)):",
        "if made is None:",
        "pipeline",
    ),
    Mutant("relisting.restored_attributes:restored_attributes", "if earlier is not None:", "if False:", "pipeline"),
    Mutant("relisting.restored_attributes:restored_attributes", "elif each_id not in ours:", "elif False:", "pipeline"),
    Mutant(
        "relisting.restored_attributes:restored_attributes",
        "if each_id in blocked or (each_id in ours and not same_values(each, ours[each_id])):",
        "if each_id in blocked:",
        "pipeline",
    ),
    Mutant(
        "relisting.restored_attributes:restored_attributes",
        "if each_id in current:\n            continue",
        "pass",
        "pipeline",
    ),
    Mutant("relisting.restored_attributes:same_values", "len(left) == len(right) and", "", "pipeline"),
    Mutant("rollout.admission:admit", "(edit.release_key, edit.release_market_key)", "(edit.release_key,)", "pipeline"),
    Mutant("rollout.admission:admit", "if not is_confirmed(leaf, policy.leaf_looks):", "if False:", "pipeline"),
    Mutant("rollout.admission:admit", "asked[0] != product and", "", "pipeline"),
    Mutant("rollout.admission:admit", "now - asked[1] < LOOK_PATIENCE_MS", "True", "pipeline"),
    Mutant(
        "rollout.admission:admit",
        "gates = [(key, gate) for key, gate in gates if not gate_is_open(book.group(key), gate)]",
        "gates = [(key, gate) for key, gate in gates if gate_is_open(book.group(key), gate)]",
        "pipeline",
    ),
    Mutant(
        "rollout.admission:admit",
        "gates += [(key, gate) for key, gate in shared if not gate_is_open(book.group(key), gate)]",
        "pass",
        "pipeline",
    ),
    Mutant(
        "rollout.admission:admit", "if fleet and not _fleet_has_room", "if False and not _fleet_has_room", "pipeline"
    ),
    Mutant("rollout.admission:gate_is_open", " and not _is_overtaken(group, gate)", "", "pipeline"),
    Mutant("rollout.admission:gate_is_open", "group.best >= gate.open_at", "group.best > gate.open_at", "pipeline"),
    Mutant("rollout.admission:_is_overtaken", "not each.rejected and", "", "pipeline"),
    Mutant("rollout.admission:_is_overtaken", "first > gate", "first >= gate", "pipeline"),
    Mutant("rollout.admission:_is_overtaken", "each.sent <= group.filled", "each.sent < group.filled", "pipeline"),
    Mutant("rollout.admission:_sent", "+ group.unknown", "", "pipeline"),
    Mutant("rollout.admission:_has_room", "if product in looking or", "if", "pipeline"),
    Mutant(
        "rollout.admission:_has_room", "now - since < LOOK_PATIENCE_MS", "now - since <= LOOK_PATIENCE_MS", "pipeline"
    ),
    Mutant("rollout.admission:_gate_has_room", "if edit.product in group.auditing:", "if False:", "pipeline"),
    Mutant("rollout.admission:_gate_has_room", "now - each.sent > patience", "now - each.sent < patience", "pipeline"),
    Mutant(
        "rollout.admission:_gate_has_room",
        "if not group.auditing.pop(product).rejected:",
        "if group.auditing.pop(product).rejected:",
        "pipeline",
    ),
    Mutant("rollout.admission:_gate_has_room", "places - places // 2", "places", "pipeline"),
    Mutant(
        "rollout.admission:gate_places",
        "2 * (shops_overdue(group) + group.rejections) > group.passes",
        "2 * shops_overdue(group) > group.passes",
        "pipeline",
    ),
    Mutant("rollout.admission:gate_places", "gate.cap // 4) + rejected", "gate.cap // 4)", "pipeline"),
    Mutant("rollout.admission:_take", "drop_overdue(group, product)", "pass", "pipeline"),
    Mutant("rollout.audit_counts:shops_overdue", 'product.split("/", 1)[0]', "product", "pipeline"),
    Mutant("rollout.audit_evidence:_leave_windows", "if not rejected and product in", "if product in", "pipeline"),
    Mutant("rollout.admission:gate_places", "gate.cap + gate.per_pass * group.passes", "gate.cap", "pipeline"),
    Mutant("rollout.admission:gate_places", "max(0, evidence(group))", "group.passes", "pipeline"),
    Mutant(
        "rollout.admission:gate_places",
        "< gate.most_until_the_first_end else 0",
        "< gate.most_until_the_first_end else places",
        "pipeline",
    ),
    Mutant(
        "rollout.admission:_fleet_has_room",
        "if edit.product in book.group(edit.leaf_key).auditing:",
        "if False:",
        "pipeline",
    ),
    Mutant("rollout.admission:count_gated", "if auditing:", "if len(auditing) > 1:", "pipeline"),
    Mutant("rollout.admission:_take", "now - since >= LOOK_PATIENCE_MS", "now - since >= 0", "pipeline"),
    Mutant(
        "rollout.admission:_take",
        "if not group.filled and _sent(group) >= gate.cap:",
        "if _sent(group) >= gate.cap:",
        "pipeline",
    ),
    Mutant(
        "rollout.stops:unconfirmed",
        "fields.get(name, 0) <= voided.get(name, 0)",
        "fields.get(name, 0) <= 0",
        "pipeline",
    ),
    Mutant("rollout.stops:covering_cause", "causes.get(edit.field_key(name))", "None", "pipeline"),
    Mutant("rollout.stops:covering_cause", '(causes.get(f"field/{name}"), ', "(None, ", "pipeline"),
    Mutant("rollout.stops:damaged", "was_clean = before > fleet.voided.get(name, 0)", "was_clean = False", "pipeline"),
    Mutant("rollout.stops:damaged", "leaf.fields[name] = -now", "pass", "pipeline"),
    Mutant(
        "rollout.stops:damaged",
        "if not (was_clean or elsewhere or wide_key in fleet.causes or name in everywhere):",
        "if not (was_clean or wide_key in fleet.causes or name in everywhere):",
        "pipeline",
    ),
    Mutant("rollout.stops:damaged", "fleet.voided[name] = admitted", "pass", "pipeline"),
    Mutant(
        "rollout.stops:damaged",
        "if len(wide) >= FIELDS_OF_A_RELEASE:",
        "if len(wide) > FIELDS_OF_A_RELEASE:",
        "pipeline",
    ),
    Mutant("rollout.audit_evidence:audit_ended", "if covered:\n        return", "pass", "pipeline"),
    Mutant(
        "rollout.audit_evidence:audit_ended", "_leave_windows(book, permit, rejected, covered, now)", "pass", "pipeline"
    ),
    Mutant(
        "rollout.audit_evidence:audit_ended",
        "stopped = rejected and _stop_narrow(book, edit, p0, policy, now)",
        "stopped = False",
        "pipeline",
    ),
    Mutant(
        "rollout.audit_evidence:audit_ended", "count_in_all_markets(book, edit, rejected, p0, now)", "pass", "pipeline"
    ),
    Mutant(
        "rollout.audit_evidence:_leave_windows",
        "book.change(edit.release_key).passes += not rejected",
        "book.change(edit.release_key).passes += 1",
        "pipeline",
    ),
    Mutant(
        "rollout.audit_evidence:_leave_windows",
        "drop_overdue(book.change(key), product)\n            continue",
        "drop_overdue(book.change(key), product)\n            return",
        "pipeline",
    ),
    Mutant(
        "rollout.audit_counts:count",
        "group.best = max(group.best, evidence(group))",
        "group.best = evidence(group)",
        "pipeline",
    ),
    Mutant(
        "rollout.audit_counts:count",
        "if group.score == 0.0:\n        group.against = {}",
        "if False:\n        group.against = {}",
        "pipeline",
    ),
    Mutant("rollout.audit_counts:evidence", "REJECTION_IN_PASSES * group.rejections", "group.rejections", "pipeline"),
    Mutant(
        "rollout.read_back_evidence:_leave_windows",
        "continue  # It may be damage",
        "pass  # It may be damage",
        "pipeline",
    ),
    Mutant(
        "rollout.read_back_evidence:_leave_windows", "group.clean += clean and now", "group.clean += now", "pipeline"
    ),
    Mutant(
        "rollout.read_back_evidence:_leave_windows",
        'asked.get(name, ("", 0))[0] == product',
        "name in asked",
        "pipeline",
    ),
    Mutant(
        "rollout.read_back_evidence:_confirm_fields", "abs(fields.get(name, 0)) < permit.admitted", "True", "pipeline"
    ),
    Mutant(
        "rollout.read_back_evidence:_confirm_fields",
        "abs(fields.get(name, 0)) < permit.admitted",
        "fields.get(name, 0) < permit.admitted",
        "pipeline",
    ),
    Mutant("rollout.read_back_evidence:_count_changed", "step(release.get(name, 0.0), True, by)", "1.0", "pipeline"),
    Mutant(
        "rollout.read_back_evidence:_count_changed",
        "leaf.get(name, 0) >= CHANGED_IN_SUCCESSION",
        "leaf.get(name, 0) > CHANGED_IN_SUCCESSION",
        "pipeline",
    ),
    Mutant(
        "rollout.read_back_evidence:_count_unchanged",
        "score = 0.0 if key == edit.leaf_key else",
        "score = counts[name] if key == edit.leaf_key else",
        "pipeline",
    ),
    Mutant("rollout.read_back_evidence:read_back_ended", "_confirm_fields(book, permit)", "pass", "pipeline"),
)
