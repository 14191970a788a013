"""Block Kit as HTML, close enough to Slack's light theme to judge by eye."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.slack_fake.formatting import Names, emoji, escape, markdown, mrkdwn, rich_text, text_object
from tests.slack_fake.records import Json, Message, View

_MARKS = {"pending": "○", "in_progress": "◌", "complete": "✓", "error": "✕"}
_THUMB = '<svg width="18" height="18" viewBox="0 0 24 24"><path d="M2 10h4v10H2zM8 10l4-8q4 0 2 7h7l-2 11H8z"/></svg>'
_STYLE = """
.down svg{transform:rotate(180deg)} svg path{fill:none;stroke:#616061;stroke-width:1.6}
body{margin:0;padding:16px 20px;background:#fff;color:#1d1c1d;max-width:720px;
 font:15px/1.466 Lato,"Helvetica Neue",Arial,"Noto Sans","Noto Color Emoji",sans-serif}
a{color:#1264a3;text-decoration:none} pre,code{font:12px/1.5 Menlo,"DejaVu Sans Mono",monospace}
pre{background:#f8f8f8;border:1px solid #ddd;border-radius:4px;padding:8px;white-space:pre-wrap;margin:4px 0}
code{background:#f8f8f8;border:1px solid #ddd;border-radius:3px;color:#c01343;padding:1px 3px}
blockquote{margin:4px 0;padding-left:12px;border-left:4px solid #ddd} mark{background:#fff1b8}
p{margin:0 0 8px} h1,h2,h3,h4{font-size:18px;margin:8px 0 4px} ul,ol{margin:4px 0;padding-left:26px}
.mention{background:#e8f5fa;color:#1264a3;border-radius:3px;padding:0 2px} .loud{background:#fdf2d8;color:#7a5300}
.message{display:flex;gap:8px;padding:6px 0} .replies{margin-left:44px;border-left:2px solid #eee;padding-left:12px}
.avatar{width:36px;height:36px;border-radius:6px;flex:none;color:#fff;font-weight:700;text-align:center;
 line-height:36px;background:#4a7a8c} .bot .avatar{background:#611f69} .body{min-width:0;flex:1}
.name{font-weight:900} .app{background:#e8e8e8;color:#616061;font-size:10px;padding:1px 3px;border-radius:2px;
 font-weight:700;margin-left:4px} .time,.edited,.note{color:#616061;font-size:12px;margin-left:4px}
.private{background:#f8f8f8;border-radius:6px;padding:2px 6px} .note{margin:0}
.block{margin:6px 0;overflow-wrap:anywhere} .row{display:flex;gap:8px;align-items:flex-start} .row>:first-child{flex:1}
.fields{display:grid;grid-template-columns:1fr 1fr;gap:8px} .context{color:#616061;font-size:12px}
.context>*{margin-right:8px} .buttons{display:flex;flex-wrap:wrap;gap:8px} hr{border:0;border-top:1px solid #ddd}
.button{display:inline-block;border:1px solid #bbb;border-radius:4px;padding:3px 12px;font-weight:700;font-size:13px;
 background:#fff;color:#1d1c1d;white-space:nowrap} .primary{background:#007a5a;color:#fff;border-color:#007a5a}
.danger{background:#e01e5a;color:#fff;border-color:#e01e5a} .icon{border-color:transparent;padding:3px 6px}
.header{font-size:18px;font-weight:900} details,.card,.alert{border:1px solid #ddd;border-radius:8px;padding:8px 12px}
summary{cursor:pointer;font-weight:700} .subtitle{color:#616061;font-size:13px;font-weight:400}
.carousel{display:flex;gap:8px;overflow-x:auto} .carousel .card{flex:0 0 230px} .card .title{font-weight:700}
table{border-collapse:collapse;font-size:13px} td,th{border:1px solid #ddd;padding:4px 8px;text-align:left}
.task{color:#616061;font-size:13px} .status{color:#616061;font-style:italic} img{max-width:360px}
.reactions span{border:1px solid #ddd;border-radius:12px;padding:1px 8px;margin-right:4px;font-size:12px}
.modal{border:1px solid #ccc;border-radius:8px;margin:16px 0;width:520px;box-shadow:0 4px 18px #0002}
.modal>header{font-size:18px;font-weight:900;padding:14px 20px;border-bottom:1px solid #eee}
.modal>main{padding:6px 20px} .modal>footer{padding:12px 20px;border-top:1px solid #eee;text-align:right}
.input label{font-weight:700;display:block} .field{border:1px solid #999;border-radius:4px;padding:6px 10px;
 color:#777;min-height:20px} .tall{min-height:60px} .hint{color:#616061;font-size:12px} .problem{color:#e01e5a}
.level-warning{background:#fff8e5}.level-error{background:#fdeef2}.level-success{background:#eaf7f1}
.level-info{background:#eaf4fb}
"""


def page(parts: list[str]) -> str:
    """A whole page that needs nothing else."""
    style = f"<style>{_STYLE}</style>"
    return f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Slack</title>{style}<body>{"".join(parts)}'


def conversation(messages: list[Message], statuses: dict[str, str], names: Names) -> list[str]:
    """The messages of a channel, replies below their roots; ``statuses`` by thread."""
    parts = []
    known = {one.ts for one in messages}
    for root in (one for one in messages if one.thread_ts in {None, one.ts} or one.thread_ts not in known):
        replies = [one for one in messages if one.thread_ts == root.ts and one is not root]
        parts.append(message_html(root, names))
        inside = "".join(message_html(one, names) for one in replies)
        if statuses.get(root.ts):
            inside += f'<div class="status">{escape(names(""))} {escape(statuses[root.ts])}</div>'
        if inside:
            parts.append(f'<div class="replies">{inside}</div>')
    return parts


def message_html(message: Message, names: Names) -> str:
    """One message with its author, its blocks and its reactions."""
    name = names(message.user)
    clock = datetime.fromtimestamp(float(message.ts), UTC).strftime("%H:%M")
    head = f'<span class="name">{escape(name)}</span>' + ('<span class="app">APP</span>' if message.bot_id else "")
    head += f'<span class="time">{clock}</span>' + ('<span class="edited">(edited)</span>' if message.edited else "")
    head += f'<span class="note">{escape(message.streaming)}</span>' if message.streaming == "in_progress" else ""
    content = _content(message, names)
    reactions = "".join(f"<span>{emoji(f':{one}:')} {len(by)}</span>" for one, by in message.reactions.items() if by)
    content += f'<div class="reactions">{reactions}</div>' if reactions else ""
    kind = " bot" if message.bot_id else ""
    private = message.ephemeral_to is not None
    note = '<div class="note">👁 Only visible to you</div>' if private else ""
    initial = escape(name[:1].upper())
    return (
        f'<div class="message{kind}{" private" if private else ""}"><div class="avatar">{initial}</div>'
        f'<div class="body">{note}<div>{head}</div>{content}</div></div>'
    )


def _content(message: Message, names: Names) -> str:
    blocks = "".join(block_html(one, names) for one in message.blocks)
    if message.chunks:
        return _chunks(message.chunks, names) + blocks
    if message.markdown:
        return markdown(message.markdown, names) + blocks
    return blocks or f'<div class="block">{mrkdwn(message.text, names)}</div>'


def _chunks(chunks: list[Json], names: Names) -> str:
    parts = []
    text = ""
    for chunk in chunks:
        if chunk["type"] == "markdown_text":
            text += chunk["text"]
            continue
        parts.append(markdown(text, names) if text else "")
        text = ""
        if chunk["type"] == "blocks":
            parts += [block_html(one, names) for one in chunk["blocks"]]
        else:
            parts.append(_task(chunk, names))
    return "".join(parts) + (markdown(text, names) if text else "")


def _task(task: Json, names: Names) -> str:
    mark = _MARKS.get(task.get("status", ""), "·")
    more = " ".join(str(task[key]) for key in ("details", "output") if isinstance(task.get(key), str))
    return f'<div class="task">{mark} {escape(task.get("title", ""))} {escape(more)}</div>'


def view_html(view: View, names: Names) -> str:
    """A modal in its frame."""
    blocks = "".join(block_html(one, names, view.errors) for one in view.blocks)
    labels = [("close", "button"), ("submit", "button primary")]
    buttons = " ".join(
        f'<span class="{kind}">{text_object(view.raw[key], names)}</span>' for key, kind in labels if view.raw.get(key)
    )
    foot = f"<footer>{buttons}</footer>" if buttons else ""
    return f'<div class="modal"><header>{escape(view.title)}</header><main>{blocks}</main>{foot}</div>'


def block_html(block: Json, names: Names, errors: dict[str, str] | None = None) -> str:
    """One block; a type that is not known shows its name."""
    kind = block.get("type", "")
    inside = _SIMPLE[kind](block, names) if kind in _SIMPLE else _grouped(kind, block, names)
    problem = (errors or {}).get(block.get("block_id", ""))
    if problem:
        inside += f'<div class="problem">{escape(problem)}</div>'
    return f'<div class="block">{inside}</div>'


def _grouped(kind: str, block: Json, names: Names) -> str:
    if kind == "container":
        children = "".join(block_html(one, names) for one in block["child_blocks"])
        title = text_object(block["title"], names) if block.get("title") else rich_text(block["rich_text_title"], names)
        sub = f'<div class="subtitle">{text_object(block["subtitle"], names)}</div>' if block.get("subtitle") else ""
        if not block.get("is_collapsible"):
            return f'<div class="card"><b>{title}</b>{sub}{children}</div>'
        opened = "" if block.get("default_collapsed") else " open"
        return f"<details{opened}><summary>{title}{sub}</summary>{children}</details>"
    if kind == "carousel":
        return f'<div class="carousel">{"".join(_card(one, names) for one in block["elements"])}</div>'
    if kind == "plan":
        tasks = "".join(_task(one, names) for one in block.get("tasks", []))
        return f"<b>{escape(block.get('title', ''))}</b>{tasks}"
    if kind == "table":
        return "<table>" + "".join(_table_row(row, names) for row in block["rows"]) + "</table>"
    return f"<i>[{escape(kind)}]</i>"


def _table_row(row: list[Json], names: Names) -> str:
    cells = (escape(one["text"]) if one["type"] == "raw_text" else rich_text(one, names) for one in row)
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _section(block: Json, names: Names) -> str:
    text = text_object(block["text"], names) if block.get("text") else ""
    fields = "".join(f"<div>{text_object(one, names)}</div>" for one in block.get("fields", []))
    left = text + (f'<div class="fields">{fields}</div>' if fields else "")
    accessory = block.get("accessory")
    return f'<div class="row"><div>{left}</div>{_element(accessory, names)}</div>' if accessory else left


def _card(block: Json, names: Names) -> str:
    image = _image(block["hero_image"]) if block.get("hero_image") else ""
    lines = [(f'<div class="{key}">{text_object(block[key], names)}</div>') for key in _CARD if block.get(key)]
    actions = "".join(_element(one, names) for one in block.get("actions") or [])
    return f'<div class="card">{image}{"".join(lines)}<div class="buttons">{actions}</div></div>'


def _context(block: Json, names: Names) -> str:
    parts = (_image(one) if one["type"] == "image" else text_object(one, names) for one in block["elements"])
    return '<div class="context">' + "".join(f"<span>{part}</span>" for part in parts) + "</div>"


def _actions(block: Json, names: Names) -> str:
    return f'<div class="buttons">{"".join(_element(one, names) for one in block["elements"])}</div>'


def _image(part: Json) -> str:
    # The picture itself is not fetched: only its words are shown.
    return f"<i>[{escape(part.get('alt_text', 'image'))}]</i>"


def _element(part: Json, names: Names) -> str:
    kind = part["type"]
    if kind == "button":
        style = part.get("style", "")
        sign = " ↗" if part.get("url") else ""
        return f'<span class="button {escape(style)}">{text_object(part["text"], names)}{sign}</span>'
    if kind == "feedback_buttons":
        sides = [("", part["positive_button"]), (" down", part["negative_button"])]
        return "".join(
            f'<span class="button icon{way}" title="{text_object(one["text"], names)}">{_THUMB}</span>'
            for way, one in sides
        )
    if kind == "icon_button":
        return f'<span class="button icon">🗑 {text_object(part["text"], names)}</span>'
    if kind == "overflow":
        return '<span class="button icon">⋯</span>'
    if kind == "image":
        return _image(part)
    if kind in {"radio_buttons", "checkboxes"}:
        return "".join(f"<div>○ {text_object(one['text'], names)}</div>" for one in part["options"])
    tall = " tall" if part.get("multiline") else ""
    chosen = part.get("initial_option") or {}
    words = part.get("initial_value") or chosen.get("text") or part.get("placeholder") or ""
    return f'<div class="field{tall}">{text_object(words, names)}</div>'


def _input(block: Json, names: Names) -> str:
    label = text_object(block["label"], names) + (" (optional)" if block.get("optional") else "")
    hint = f'<div class="hint">{text_object(block["hint"], names)}</div>' if block.get("hint") else ""
    return f'<div class="input"><label>{label}</label>{_element(block["element"], names)}{hint}</div>'


_CARD = ("title", "subtitle", "body")
_SIMPLE = {
    "section": _section,
    "context": _context,
    "actions": _actions,
    "context_actions": _actions,
    "card": _card,
    "input": _input,
    "rich_text": rich_text,
    "divider": lambda block, names: "<hr>",
    "image": lambda block, names: _image(block),
    "task_card": _task,
    "header": lambda block, names: f'<div class="header">{text_object(block["text"], names)}</div>',
    "markdown": lambda block, names: markdown(block["text"], names),
    "alert": lambda block, names: (
        f'<div class="alert level-{escape(block.get("level", "default"))}">{text_object(block["text"], names)}</div>'
    ),
}
