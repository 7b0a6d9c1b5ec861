"""`affidavit witness serve`: cosign over HTTP until told to stop."""

from __future__ import annotations

from typing import Annotated

import typer

from affidavit.cli.options import DEFAULT_WITNESS, WitnessData


def serve(
    data: WitnessData = DEFAULT_WITNESS,
    listen: Annotated[str, typer.Option("--listen", help="ADDRESS:PORT.")] = "127.0.0.1:8471",
    tls_certificate: Annotated[
        str | None, typer.Option("--tls-certificate", help="PEM file of the certificate chain, for HTTPS.")
    ] = None,
    tls_key: Annotated[
        str | None, typer.Option("--tls-key", help="PEM file of the certificate's key.")
    ] = None,
) -> None:
    """Run the witness (C2SP tlog-witness) in the foreground."""
    if (tls_certificate is None) != (tls_key is None):
        raise typer.BadParameter("HTTPS needs both --tls-certificate and --tls-key.")
    from affidavit.assembly.witness import serve_witness

    serve_witness(data, listen=listen, certificate=tls_certificate, key=tls_key)
