"""A page as a tree: just enough of CSS selectors to ask a storefront for its hooks."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"area", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
PART = re.compile(r"""([a-z0-9]+)|\.([\w-]+)|\#([^.\s\[]+)|\[([\w-]+)(?:="([^"]*)")?\]""")


@dataclass
class Node:
    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list = field(default_factory=list)

    def __getitem__(self, name):
        return self.attributes[name]

    def get(self, name, default=None):
        return self.attributes.get(name, default)

    @property
    def text(self):
        return " ".join("".join(c if isinstance(c, str) else f" {c.text} " for c in self.children).split())

    def nodes(self):
        for child in self.children:
            if isinstance(child, Node):
                yield child
                yield from child.nodes()

    def all(self, selector):
        """Descendants that fit `tag.class#id[name="value"]`, parts separated by spaces."""
        found = [self]
        for step in selector.split(" "):
            below = [node for each in found for node in each.nodes() if fits(node, step)]
            found = list({id(node): node for node in below}.values())
        return found

    def one(self, selector):
        found = self.all(selector)
        assert len(found) == 1, f"{selector}: {len(found)} found"
        return found[0]

    def has(self, selector):
        return bool(self.all(selector))


def fits(node, step):
    classes = node.get("class", "").split()
    for tag, cls, ident, name, value in PART.findall(step):
        wrong = (
            (tag and node.tag != tag)
            or (cls and cls not in classes)
            or (ident and node.get("id") != ident)
            or (name and name not in node.attributes)
            or (name and value and node.get(name) != value)
        )
        if wrong:
            return False
    return True


class Reader(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open = [Node("page")]

    def handle_starttag(self, tag, attrs):
        node = Node(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_endtag(self, tag):
        while len(self.open) > 1 and tag not in VOID:
            if self.open.pop().tag == tag:
                break

    def handle_data(self, data):
        self.open[-1].children.append(data)


def read(html):
    reader = Reader()
    reader.feed(html if isinstance(html, str) else html.decode())
    return reader.open[0]
