"""Signatures with ssh keys, as git makes them: `ssh-keygen -Y sign` and `-Y verify`."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

from acctkit.problem import refusal

_PURPOSE = "acct"
_BEGIN, _END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"
_LINE = 70


def git_setting(folder: Path, name: str) -> str:
    """What git is set to in a folder, "" where it is not."""
    try:
        done = subprocess.run(["git", "config", "--get", name], cwd=folder, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip()


def sign(folder: Path, words: bytes) -> str:
    """A signature over some bytes with the key git signs with, on one line; "" where git does not sign with ssh.

    Raises Refusal X907 where ssh-keygen cannot sign with it.
    """
    key = git_setting(folder, "user.signingkey")
    if git_setting(folder, "gpg.format") != "ssh" or not key:
        return ""
    with tempfile.TemporaryDirectory() as place:
        file = Path(os.path.expanduser(key))
        if key.startswith(("key::", "ssh-")):  # the key itself: ssh-agent holds its other half
            file = Path(place) / "key.pub"
            file.write_text(key.removeprefix("key::") + "\n")
        done = _ssh("sign", "-n", _PURPOSE, "-f", str(file), given=words)
    text = done.stdout.decode(errors="replace")
    if done.returncode or _BEGIN not in text:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        hint = "check git config user.signingkey, and that ssh-agent holds the key"
        raise refusal("X907", f"it cannot be signed: {said[-1] if said else 'ssh-keygen failed'}", hint)
    return "".join(text.partition(_BEGIN)[2].partition(_END)[0].split())


def is_signed(signers: Path, who: str, words: bytes, signature: str) -> bool:
    """Whether a signature over some bytes is of a person, by a file of allowed signers."""
    lines = [signature[at : at + _LINE] for at in range(0, len(signature), _LINE)]
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "signature"
        file.write_text("\n".join((_BEGIN, *lines, _END, "")))
        done = _ssh("verify", "-n", _PURPOSE, "-f", str(signers), "-I", who, "-s", str(file), given=words)
    return done.returncode == 0


def signers_of(folder: Path, named: str) -> Path | None:
    """The file of allowed signers: that of acct.toml, which lies in the books, else git's; None without one.

    Raises Refusal X905 for one outside the books, X902 for one that is not there.
    """
    text = named or git_setting(folder, "gpg.ssh.allowedSignersFile")
    if not text:
        return None
    path = folder / named if named else Path(os.path.expanduser(text))
    if named and not path.resolve().is_relative_to(folder.resolve()):
        raise refusal("X905", f"{named} lies outside the folder of the books", "keep the signers' file within it")
    if not path.is_file():
        raise refusal("X902", f"there is no file of signers {path}", "correct [approval] signers in acct.toml")
    return path


def _ssh(verb: str, *words: str, given: bytes) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(["ssh-keygen", "-Y", verb, *words], input=given, capture_output=True, check=False)
    except OSError:
        raise refusal("X902", "ssh-keygen cannot be run", "install OpenSSH: signatures are made by it") from None
