#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""make_hostile.py KIND DIR - writes hostile but harmless files: bombs, names, polyglots, impossible headers."""
import bz2, gzip, io, lzma, os, struct, sys, tarfile, zipfile, zlib

MEGA = 1 << 20


def put(directory, name, content):
    with open(os.path.join(directory, name), "wb") as out:
        out.write(content)


def zip_of(*members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return out.getvalue()


def local_header(name, packed, size, crc):
    return struct.pack("<IHHHHHIIIHH", 0x04034B50, 20, 0, 8, 0, 0x21, crc, len(packed), size, len(name), 0) + name


def central_header(name, packed, size, crc, at):
    return struct.pack("<IHHHHHHIIIHHHHHII", 0x02014B50, 20, 20, 0, 8, 0, 0x21, crc, len(packed), size,
                       len(name), 0, 0, 0, 0, 0, at) + name


def end_record(count, directory, at):
    return struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, count, count, len(directory), at, 0)


def overlapping(count, size):
    """Every entry of the directory points at the same packed bytes (as in zbsm.zip)."""
    plain = bytes(size)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(plain) + packer.flush()
    crc = zlib.crc32(plain)
    body = local_header(b"same", packed, size, crc) + packed
    directory = b"".join(central_header(b"%04d" % i, packed, size, crc, 0) for i in range(count))
    return body + directory + end_record(count, directory, len(body))


def two_names(local, central, content):
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(content) + packer.flush()
    crc = zlib.crc32(content)
    body = local_header(local, packed, len(content), crc) + packed
    directory = central_header(central, packed, len(content), crc, 0)
    return body + directory + end_record(1, directory, len(body))


def bombs(to):
    put(to, "overlap.zip", overlapping(4096, 64 * MEGA))
    inner = b"the innermost file of 32"
    for level in range(32):
        inner = zip_of(("level%d.zip" % level, inner))
    put(to, "nested.zip", inner)
    zeros = bytes(16 * MEGA)  # sixteen streams, one behind the other, are 256 MiB
    put(to, "bomb.gz", 16 * gzip.compress(zeros, 6))
    put(to, "bomb.xz", 16 * lzma.compress(zeros, preset=0))
    put(to, "bomb.bz2", 16 * bz2.compress(zeros))
    put(to, "after.zip", zip_of(("fine.txt", b"read all the same: 198.51.100.77")))


NAMES = ["../escaped", "../../../../../../tmp/hallmark-escaped", "/tmp/hallmark-escaped", "C:\\hallmark-escaped",
         "\\\\server\\share\\escaped", "..\\..\\escaped", "a/../../escaped", "n" * 5000, "esc\x1b]0;title\x07name",
         "\u202egpj.exe", "two\nlines"]


def names(to):
    put(to, "names.zip", zip_of(*[(name, b"content of %d" % i) for i, name in enumerate(NAMES)]))
    put(to, "nul.zip", two_names(b"a\0/../../escaped", b"a\0/../../escaped", b"under a name with NUL"))
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for i, name in enumerate(NAMES[:7]):
            member = tarfile.TarInfo(name)
            member.size = 8
            archive.addfile(member, io.BytesIO(b"tar %04d" % i))
        link = tarfile.TarInfo("way")
        link.type, link.linkname = tarfile.SYMTYPE, "/tmp"
        archive.addfile(link)
        through = tarfile.TarInfo("way/hallmark-escaped")
        through.size = 7
        archive.addfile(through, io.BytesIO(b"through"))
        hard = tarfile.TarInfo("hard")
        hard.type, hard.linkname = tarfile.LNKTYPE, "/etc/passwd"
        archive.addfile(hard)
        device = tarfile.TarInfo("device")
        device.type, device.devmajor, device.devminor = tarfile.CHRTYPE, 1, 3
        archive.addfile(device)
    put(to, "names.tar", out.getvalue())


def polyglots(to):
    put(to, "two-names.zip", two_names(b"local-name.txt", b"central-nam.exe", b"who is right? 203.0.113.99"))
    stub = bytearray(1024)
    stub[0:2] = b"MZ"
    struct.pack_into("<I", stub, 0x3C, 0x80)
    stub[0x80:0x84] = b"PE\0\0"
    struct.pack_into("<HHIIIHH", stub, 0x84, 0x8664, 0, 0, 0, 0, 240, 0x22)
    struct.pack_into("<H", stub, 0x98, 0x20B)
    archive = zip_of(("inside.txt", b"hidden behind a program: 203.0.113.50"))
    put(to, "pe-and-zip", bytes(stub) + archive)
    put(to, "pe-zip-pdf", bytes(stub[:512]) + b"%PDF-1.4\n1 0 obj<<>>endobj\n" + archive)
    put(to, "pdf-and-zip", b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n" + archive)


def programs(to):
    pe = bytearray(0x1000)
    pe[0:2] = b"MZ"
    struct.pack_into("<I", pe, 0x3C, 0x80)
    pe[0x80:0x84] = b"PE\0\0"
    struct.pack_into("<HHIIIHH", pe, 0x84, 0x14C, 65535, 0, 0xFFFFFFFF, 0xFFFFFFFF, 224, 0x102)
    struct.pack_into("<H", pe, 0x98, 0x10B)
    for at in range(0x178, 0x1000 - 40, 40):
        struct.pack_into("<8sIIII", pe, at, b".s%d" % at, 0xFFFFFFFF, 0xFFFFF000, 0xFFFFFFFF, 0xFFFFFF00)
    put(to, "pe-65535-sections", bytes(pe))
    for name, fields in {"pe-far-header": (0x3C, "<I", 0xFFFFFFFC), "pe-header-on-itself": (0x3C, "<I", 0)}.items():
        bad = bytearray(pe)
        struct.pack_into(fields[1], bad, fields[0], fields[2])
        put(to, name, bytes(bad))
    def elf(phoff, shoff, phnum, shnum, bits=2):
        head = b"\x7fELF" + bytes([bits, 1, 1]) + bytes(9)
        if bits == 2:
            head += struct.pack("<HHIQQQIHHHHHH", 3, 62, 1, 0x1000, phoff, shoff, 0, 64, 56, phnum, 64, shnum, 1)
        else:
            head += struct.pack("<HHIIIIIHHHHHH", 3, 3, 1, 0x1000, phoff & 0xFFFFFFFF, shoff & 0xFFFFFFFF, 0, 52, 32,
                                phnum, 40, shnum, 1)
        return head + bytes(range(256)) * 16
    top = (1 << 64) - 1
    put(to, "elf-wraps", elf(top - 55, top - 63, 0xFFFF, 0xFFFF))
    put(to, "elf-32-wraps", elf(0xFFFFFFE0, 0xFFFFFFD8, 0xFFFF, 0xFFFF, 1))
    put(to, "elf-wraps-by-count", elf(64, 128, 0xFFFE, 0xFF00))
    fat = struct.pack(">II", 0xCAFEBABE, 0xFFFFFFFF) + struct.pack(">IIIII", 7, 3, 0, 0xFFFFFFFF, 0) * 50
    put(to, "macho-fat-in-fat", fat)


if __name__ == "__main__":
    kind, where = sys.argv[1:]
    os.makedirs(where, exist_ok=True)
    {"bombs": bombs, "names": names, "polyglots": polyglots, "programs": programs}[kind](where)
