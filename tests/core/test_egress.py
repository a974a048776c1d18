"""Where requests may go: nothing that is not public, however it is written, but for what an administrator allows."""

import ipaddress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.core.egress import Address, Allowed, Refused, Target, is_public

NOBODY = Allowed()
EVASIONS = [
    "http://example.com/",  # not https
    "https://127.0.0.1/",
    "https://127.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.0.0.1/",
    "https://0177.0.0.1/",
    "https://017700000001/",
    "https://127.0.0.1./",
    "https://127.0.0.01/",
    "https://0/",
    "https://0.0.0.0/",
    "https://169.254.169.254/latest/meta-data/",
    "https://[::]/",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[::127.0.0.1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[64:ff9b:1::a00:1]/",
    "https://[2002:7f00:1::]/",
    "https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/",
    "https://[fe80::1]/",
    "https://[fe80::1%25eth0]/",
    "https://[fec0::1]/",
    "https://[fd00::1]/",
    "https://[ff02::1]/",
    "https://[100::1]/",
    "https://100.64.0.1/",
    "https://10.0.0.1/",
    "https://172.31.255.255/",
    "https://192.168.0.1/",
    "https://198.18.0.1/",
    "https://192.0.0.8/",
    "https://192.88.99.1/",
    "https://224.0.0.1/",
    "https://240.0.0.1/",
    "https://255.255.255.255/",
    "https://localhost/",
    "https://localhost./",
    "https://desk/",
    "https://①②⑦.⓪.⓪.①/",
    "https://127。0。0。1/",
    "https://%31%32%37.0.0.1/",
    "https://user@example.com/",
    "https://example.com:443@127.0.0.1/",
    "https://example.com#@127.0.0.1/",
    "https://example.com\\@127.0.0.1/",
    "https://127.0.0.1\\.example.com/",
    "https:///127.0.0.1/",
    "https://example.com:22/",
    "https://example.com:0/",
    "https://example.com:99999/",
    "https://example.com:/",
    "https://exa mple.com/",
    "https://example.com/\r\nHost: x",
    "https://example.com/\x00",
    "https://example.com/ä",
    " https://example.com/",
    "https://-example.com/",
    "https://ex_ample.com/",
    "ftp://example.com/",
    "file:///etc/passwd",
    "gopher://example.com/",
    "//example.com/",
    "https:example.com",
    "https://",
    "https://" + "a" * 3000 + ".com/",
]


@pytest.mark.parametrize("url", EVASIONS)
def test_what_is_not_plainly_public_is_refused(url: str) -> None:
    with pytest.raises(Refused):
        Target.of(url, NOBODY)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com",
        "https://EXAMPLE.com/hook?key=a%20b",
        "https://xn--fiqs8s.example:8443/",
        "https://93.184.215.14/x",
        "https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/x",
    ],
)
def test_what_is_public_is_not(url: str) -> None:
    assert Target.of(url, NOBODY).host


ADDRESSES = st.one_of(
    st.ip_addresses(v=4),
    st.ip_addresses(v=6),
    st.integers(0, 2**32 - 1).map(lambda low: ipaddress.IPv6Address(0xFFFF << 32 | low)),
    st.integers(0, 2**32 - 1).map(lambda low: ipaddress.IPv6Address(0x0064FF9B << 96 | low)),
    st.integers(0, 2**112 - 1).map(lambda low: ipaddress.IPv6Address(0x2002 << 112 | low)),
    st.integers(0, 2**96 - 1).map(lambda low: ipaddress.IPv6Address(0x20010000 << 96 | low)),
    st.integers(0, 2**125 - 1).map(lambda low: ipaddress.IPv6Address(0b001 << 125 | low)),
)
CARRIES_ANOTHER = [ipaddress.ip_network(block) for block in ("::/96", "64::/16", "2001::/32", "2002::/16")]


def by_the_library(address: Address) -> bool:
    """Public by Python's own tables, without what carries an address in it."""
    carries = any(address in network for network in CARRIES_ANOTHER)
    special = address.is_multicast or address.is_reserved or address.is_link_local or address.is_loopback
    return address.is_global and not (carries or special or getattr(address, "is_site_local", False))


@given(ADDRESSES)
@example(ipaddress.ip_address("192.0.0.9"))
@example(ipaddress.ip_address("2001:20::1"))
@example(ipaddress.ip_address("3fff::1"))
def test_nothing_is_public_that_the_library_does_not_take_for_it(address: Address) -> None:
    assert not is_public(address) or by_the_library(address)


@given(st.ip_addresses(v=4))
def test_of_the_old_internet_all_the_rest_is_public(address: Address) -> None:
    known = ("192.0.0.0/24", "192.88.99.0/24")
    assert is_public(address) or not by_the_library(address) or any(address in ipaddress.ip_network(n) for n in known)


@given(st.one_of(st.text(), st.from_regex(r"https?://[^/]{1,30}(:[0-9]{1,6})?(/.*)?", fullmatch=True)))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        target = Target.of(text, NOBODY)
    except Refused:
        return
    assert text.lower().startswith(f"https://{target.host}") or f"[{target.host}]" in text.lower()


ALLOWED = Allowed.of(["desk.intranet", "sub", "10.20.0.0/16", "fd00:1::/32"])
IP = ipaddress.ip_address


@pytest.mark.parametrize(
    ("url", "addresses", "may"),
    [
        ("http://desk.intranet:8080/x", ["10.1.2.3"], True),  # by its name, wherever in the intranet it lies
        ("http://desk.intranet/", ["fd12::1"], True),
        ("http://sub/", ["192.168.1.1"], True),
        ("http://desk.intranet/", ["127.0.0.1"], False),  # but never this machine
        ("http://desk.intranet/", ["169.254.169.254"], False),
        ("http://desk.intranet/", ["::ffff:10.1.2.3"], False),
        ("http://other.intranet/", ["10.20.1.1"], True),  # by its network, under any name
        ("http://other.intranet/", ["10.20.1.1", "10.21.1.1"], False),  # all of its addresses count
        ("https://other.intranet/", ["10.21.1.1"], False),
        ("http://10.20.1.1:81/", ["10.20.1.1"], True),
        ("https://example.com/", ["93.184.215.14"], True),
        ("http://example.com/", ["93.184.215.14"], False),
        ("https://example.com/", ["93.184.215.14", "127.0.0.1"], False),
        ("https://example.com/", [], False),
    ],
)
def test_an_administrator_allows_names_and_networks(url: str, addresses: list[str], may: bool) -> None:  # noqa: FBT001
    try:
        Target.of(url, ALLOWED).judge(map(IP, addresses))
    except Refused:
        assert not may
    else:
        assert may


@pytest.mark.parametrize("entry", ["10.0.0.1/8", "*.intranet", "0x7f.1", "a b", ""])
def test_an_entry_that_is_neither_a_name_nor_a_network_is_refused(entry: str) -> None:
    with pytest.raises(ValueError, match=r"appear to be|host bits"):
        Allowed.of([entry])
