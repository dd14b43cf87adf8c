"""What a file is called breaks no diagram."""

from __future__ import annotations

from core.documents import lineage as pure
from core.documents.lineage import Lineage, Node
from core.text.messages import message


def test_on_a_narrow_screen_the_diagram_leads_down():
    one = Lineage((Node("f", "file", message("{name}", name="a"), {}),))
    assert pure.mermaid(one, str).startswith("flowchart LR")
    assert pure.mermaid(one, str, narrow=True).startswith("flowchart TD")


def test_a_files_name_can_not_break_out_of_the_diagram():
    name = 'a"]; click n0 "javascript:x" <script>#`\n%%{init}%%'
    drawn = pure.mermaid(Lineage((Node("f", "file", message("{name}", name=name), {}),)), str)
    assert len(drawn.splitlines()) == 2
    label = drawn.splitlines()[1].strip().removeprefix('n0["').removesuffix('"]')
    assert not set('"<>`{}') & set(label)
    assert "#34;" in label


def test_letters_of_any_language_stay_as_they_are():
    assert pure.escaped("Versão 2, campeã (0.5)") == "Versão 2, campeã (0.5)"
