"""crossdock schema: documents for programs."""

from tests.cli.conftest import Shell
from tests.web.applications import openapi


def test_the_document_of_the_api_is_printed_as_the_console_serves_it(shell: Shell) -> None:
    printed = shell.run("schema", "openapi").json
    assert printed["paths"].keys() == openapi()["paths"].keys()
