"""Dockerfiles are read as BuildKit reads them, and every text knows the characters it was written at."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flake8_planalign.formats.dockerfile import Dockerfile, Instruction, image_of, parse
from flake8_planalign.formats.located import Text
from flake8_planalign.kinds import FileKind
from flake8_planalign.source import Source


def read(text: str) -> Dockerfile:
    return parse(Source.of_text("Dockerfile", text, FileKind.DOCKERFILE))


def shown(text: Text) -> str:
    return text.place.origin.source.text[text.place.start : text.place.end]


def only(text: str, keyword: str) -> Instruction:
    (found,) = (item for item in read(text).instructions if item.keyword == keyword)
    return found


def test_instructions_are_words_in_any_case_with_flags_and_a_rest() -> None:
    run = only("from alpine\nrun --mount=type=cache,target=/c --network=none pip install h2o==3.46.0.7  \n", "RUN")
    assert {name: flag.value for name, flag in run.flags.items()} == {
        "mount": "type=cache,target=/c",
        "network": "none",
    }
    assert run.rest.value == "pip install h2o==3.46.0.7"
    assert run.place.position.line == 2


def test_a_line_goes_on_behind_the_escape_sign_past_comments_and_empty_lines() -> None:
    run = only("FROM a\nRUN pip install \\\n  # why\n\n    h2o==1 \\  \n    redis\nUSER x\n", "RUN")
    assert run.rest.value == "pip install     h2o==1     redis"
    at = run.rest.value.index("h2o==1")
    assert run.rest.part(at, at + 6).place.position.line == 5
    assert shown(run.rest.part(at, at + 6)) == "h2o==1"


def test_a_directive_chooses_the_escape_sign() -> None:
    file = read("# syntax=docker/dockerfile:1\n# escape=`\nFROM a\nRUN dir C:\\ `\n  /b\n")
    assert file.instructions[1].rest.value == "dir C:\\   /b"
    assert read("# escape=x\nFROM a\n").fault


def test_behind_another_comment_a_directive_is_a_comment() -> None:
    assert read("# hello\n# escape=`\nFROM a\nRUN a \\\n b\n").instructions[1].rest.value == "a  b"


def test_here_documents_belong_to_their_instruction() -> None:
    file = read("FROM a\nRUN <<EOF cat <<-'END' && x\necho $A\nEOF\n\tb\n\tEND\nUSER x\n")
    assert [item.keyword for item in file.instructions] == ["FROM", "RUN", "USER"]
    first, second = file.instructions[1].heredocs
    assert (first.name, first.content.value, first.expand) == ("EOF", "echo $A\n", True)
    assert (second.name, second.content.value, second.expand) == ("END", "\tb\n", False)
    assert first.content.place.position.line == 3


def test_a_here_document_without_end_is_a_fault() -> None:
    file = read("FROM a\nRUN cat <<EOF\nx\n")
    assert file.fault
    assert "`EOF` is not closed" in file.fault.reason


@pytest.mark.parametrize("line", ["a <<< b", "x<<2", "echo $((1 << 4))", "(cat <<<word)"])
def test_other_uses_of_the_sign_are_no_here_documents(line: str) -> None:
    assert read(f"FROM a\nRUN {line}\nUSER x\n").fault is None


def test_the_json_form_has_words_with_places() -> None:
    command = only('FROM a\nCMD ["java", "-Xmx2g", \\\n  "a \\" b"]\n', "CMD")
    assert command.words is not None
    assert [word.value for word in command.words] == ["java", "-Xmx2g", 'a " b']
    assert [shown(word.text) for word in command.words] == ["java", "-Xmx2g", 'a \\" b']
    assert command.words[2].text.place.position.line == 3


@pytest.mark.parametrize("rest", ["['a']", '["a", 1]', "[a]", "java -jar x", '["a"'])
def test_what_is_no_list_of_strings_is_the_shell_form(rest: str) -> None:
    assert only(f"FROM a\nCMD {rest}\n", "CMD").words is None


@pytest.mark.parametrize("behind", [";", "# b", ' ["b"]', "x"])
def test_what_stands_behind_a_list_of_strings_is_left_alone(behind: str) -> None:
    words = only(f'FROM a\nCMD ["java", "-Xmx2g"]{behind}\n', "CMD").words
    assert [word.value for word in words or ()] == ["java", "-Xmx2g"]


def test_variables_are_pairs_or_one_name_and_the_rest() -> None:
    pairs = only("FROM a\nENV A=1 B=\"x y\" C='$A' D=a\\ b\n", "ENV").pairs()
    assert [(name.value, value.value if value else None) for name, value in pairs] == [
        ("A", "1"),
        ("B", '"x y"'),
        ("C", "'$A'"),
        ("D", "a\\ b"),
    ]
    pairs = only("FROM a\nENV JAVA_OPTS -Xmx1g -Xms1g\n", "ENV").pairs()
    assert [(name.value, value and value.value) for name, value in pairs] == [("JAVA_OPTS", "-Xmx1g -Xms1g")]
    pairs = only("FROM a\nARG A B=2\n", "ARG").pairs()
    assert [(name.value, value and value.value) for name, value in pairs] == [("A", None), ("B", "2")]


def environment(text: str, stage: str | None = None, **arguments: str) -> dict[str, tuple[str, bool]]:
    file = read(text)
    place = file.instructions[0].place
    image = image_of(file, stage, {name: Text(value, place) for name, value in arguments.items()})
    assert image
    return {name: (value.value, value.unknown) for name, value in image.environment.items()}


def test_variables_are_put_in_from_arguments_and_earlier_variables() -> None:
    text = "FROM a\nARG V=1\nENV A=$V B=${A}2\nENV A=9 C=$A D='$A' E=\\$A F=${N:-x${V}} G=${V:+y} H=$N\n"
    assert environment(text) == {
        "A": ("9", False),
        "B": ("2", True),
        "C": ("1", False),
        "D": ("$A", False),
        "E": ("$A", False),
        "F": ("x1", False),
        "G": ("y", False),
        "H": ("", True),
    }
    assert environment(text, V="7")["C"] == ("7", False)


def test_an_argument_before_from_is_for_from_until_a_stage_asks_for_it() -> None:
    text = "ARG V=3\nFROM base:$V\nENV A=$V\nARG V\nENV B=$V\n"
    assert environment(text) == {"A": ("", True), "B": ("3", False)}
    image = image_of(read(text))
    assert image
    assert image.base
    assert image.base.value == "base:3"
    assert shown(image.base) == "base:$V"


def test_a_stage_inherits_from_the_stage_it_starts_from() -> None:
    text = 'FROM jre AS run\nENV A=1\nENTRYPOINT java\nCMD ["-version"]\nVOLUME /d\nFROM x AS y\nFROM RUN\nENV B=2\n'
    assert environment(text) == {"A": ("1", False), "B": ("2", False)}
    assert environment(text, "run") == {"A": ("1", False)}
    image = image_of(read(text))
    assert image
    assert image.base
    assert image.base.value == "jre"
    assert image.command
    assert [volume.value for volume in image.volumes] == ["/d"]
    assert image_of(read(text), "nowhere") is None


def test_an_entrypoint_takes_the_inherited_command_away() -> None:
    image = image_of(read('FROM a AS b\nCMD x\nFROM b\nENTRYPOINT ["y"]\n'))
    assert image
    assert image.command is None


def test_places_within_a_value_survive_quotes_and_variables() -> None:
    image = image_of(read('FROM a\nARG H=2g\nENV JAVA_OPTS="-Xms1g \\\n  -Xmx$H"\n'))
    assert image
    options = image.environment["JAVA_OPTS"]
    at = options.value.index("-Xmx")
    assert options.value == "-Xms1g   -Xmx2g"
    assert shown(options.part(at, len(options.value))) == "-Xmx$H"


def test_onbuild_is_read_and_not_done() -> None:
    file = read("FROM a\nONBUILD RUN pip install h2o\nONBUILD ENV A=1\n")
    assert [(item.keyword, item.deferred) for item in file.instructions[1:]] == [("RUN", True), ("ENV", True)]
    image = image_of(file)
    assert image
    assert not image.environment


def test_what_is_no_instruction_is_a_fault_at_its_word() -> None:
    file = read("FROM a\n  EVN x=1\n")
    assert file.fault
    assert file.source.text[file.fault.start : file.fault.end] == "EVN"
    assert len(file.instructions) == 1


@given(st.text(st.sampled_from("FROM RUN ENV A=$\\{}:-\"'`<EOF#[],\r\n\t😀"), max_size=80))
def test_no_text_breaks_the_reader_and_every_place_lies_in_the_file(text: str) -> None:
    file = read(f"FROM a\n{text}")
    for instruction in file.instructions:
        for item in (instruction.rest, *instruction.flags.values(), *(word.text for word in instruction.words or ())):
            assert 0 <= item.place.start <= item.place.end <= len(file.source.text)
        list(instruction.pairs())
    image_of(file)
