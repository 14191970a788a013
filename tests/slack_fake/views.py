"""views.*: the modals that stand open before each user, and their Home tab."""

from __future__ import annotations

from typing import Any

from tests.slack_fake import limits, payloads
from tests.slack_fake.records import Json, SlackError, View
from tests.slack_fake.workspace import Workspace

_DEEPEST = 3  # views of one stack


def open_view(world: Workspace, arguments: Json) -> Json:
    """views.open"""
    user = world.redeem(arguments["trigger_id"])
    view = made(world, user, arguments["view"])
    world.modals[user] = [view]
    return {"view": payloads.view_json(view)}


def push_view(world: Workspace, arguments: Json) -> Json:
    """views.push"""
    user = world.redeem(arguments["trigger_id"])
    return {"view": payloads.view_json(pushed(world, user, arguments["view"]))}


def pushed(world: Workspace, user: str, raw: Any) -> View:
    """A view laid on those that stand open."""
    stack = world.modals.setdefault(user, [])
    if not stack:
        raise SlackError("not_found")
    if len(stack) >= _DEEPEST:
        raise SlackError("push_limit_reached")
    view = made(world, user, raw)
    view.root, view.previous = stack[0].id, stack[-1].id
    stack.append(view)
    return view


def update_view(world: Workspace, arguments: Json) -> Json:
    """views.update"""
    wanted, outside = arguments.get("view_id"), arguments.get("external_id")
    if not wanted and not outside:
        raise SlackError("invalid_arguments")
    standing = [view for stack in world.modals.values() for view in stack]
    standing += list(world.homes.values())
    found = next(
        (one for one in standing if one.id == wanted or (outside and one.external_id == outside)),
        None,
    )
    if found is None:
        raise SlackError("not_found")
    if arguments.get("hash") and arguments["hash"] != found.hash:
        raise SlackError("hash_conflict")
    changed(world, found, arguments["view"])
    return {"view": payloads.view_json(found)}


def changed(world: Workspace, view: View, raw: Any) -> None:
    """Show something else where a view stands."""
    new = made(world, view.user, raw)
    view.title, view.blocks, view.raw, view.hash = new.title, new.blocks, new.raw, new.hash
    view.private_metadata, view.callback_id, view.errors = new.private_metadata, new.callback_id, {}


def publish_view(world: Workspace, arguments: Json) -> Json:
    """views.publish"""
    user = str(arguments["user_id"])
    if user not in world.people:
        raise SlackError("user_not_found")
    view = made(world, user, arguments["view"])
    if view.type != "home":
        raise SlackError("invalid_arguments")
    if arguments.get("hash") and (user not in world.homes or world.homes[user].hash != arguments["hash"]):
        raise SlackError("hash_conflict")
    world.homes[user] = view
    return {"view": payloads.view_json(view)}


def made(world: Workspace, user: str, raw: Any) -> View:
    """A view from what the app sent, within the limits."""
    if world.options.strict:
        limits.check_view(raw)
    limits.name_blocks(raw["blocks"], world)
    name = world.identify("V")
    return View(
        id=name,
        user=user,
        type=raw["type"],
        callback_id=raw.get("callback_id", ""),
        title=(raw.get("title") or {}).get("text", ""),
        blocks=raw["blocks"],
        private_metadata=raw.get("private_metadata", ""),
        external_id=raw.get("external_id", ""),
        hash=f"{world.stamp()}.{world.identify('h')}",
        raw=raw,
        root=name,
    )


def answered(world: Workspace, view: View, answer: Any) -> None:
    """What an acknowledgement of a submission does to the modals of its user."""
    stack = world.modals.get(view.user, [])
    action = answer.get("response_action") if isinstance(answer, dict) else None
    if isinstance(answer, dict) and "__failed__" in answer:
        world.violations.append(f"view_submission: {answer['__failed__']}")
    elif action == "errors":
        view.errors = dict(answer["errors"])
        world.violations += [
            f"view_submission: errors name no block {name}"
            for name in view.errors
            if not any(block["block_id"] == name for block in view.blocks)
        ]
    elif action == "update":
        changed(world, view, answer["view"])
        world.sent.append(("acknowledgement", view.id, answer))
    elif action == "push":
        world.sent.append(("acknowledgement", view.id, answer))
        pushed(world, view.user, answer["view"])
    elif action == "clear":
        stack.clear()
    elif view in stack:
        stack.remove(view)
    world.touch()
