# SPDX-License-Identifier: BSD-3-Clause
"""A steady honest load, until SIGINT: so many pages a second, each by a connection of its own,
and connections that are held and echo some octets five times a second.

usage: fire_honest.py ADDRESS PAGE_PORT ECHO_PORT RATE HELD TIMEOUT
Prints `held` when those are open, and at its end JSON: pages, each [when it was asked for on
the monotonic clock, seconds it took, None or why it failed]; lost, why held ones failed.
"""
import asyncio
import contextlib
import json
import signal
import sys
import time

GET = b'GET / HTTP/1.1\r\nHost: fire\r\nConnection: close\r\n\r\n'
ECHO_EVERY_S = 0.2


class Honest:
    def __init__(self, address, page_port, echo_port, timeout):
        self.address, self.page_port, self.echo_port = address, page_port, echo_port
        self.timeout = timeout
        self.stopped = asyncio.Event()
        self.pages, self.lost = [], []

    async def page(self):
        reader, writer = await asyncio.open_connection(self.address, self.page_port)
        try:
            writer.write(GET)
            said = await reader.read(-1)
            if not said.startswith(b'HTTP/1.1 200 '):
                raise ConnectionError(f'said {said[:40]!r}')
        finally:
            writer.close()

    async def one_page(self):
        asked, why = time.monotonic(), None
        try:
            await asyncio.wait_for(self.page(), self.timeout)
        except (OSError, asyncio.TimeoutError) as failure:
            why = repr(failure)
        self.pages.append((asked, time.monotonic() - asked, why))

    async def held(self, opened):
        reader, writer = await asyncio.open_connection(self.address, self.echo_port)
        opened.release()
        with contextlib.closing(writer):
            try:
                while not self.stopped.is_set():
                    writer.write(b'held')
                    await asyncio.wait_for(reader.readexactly(4), self.timeout)
                    await asyncio.sleep(ECHO_EVERY_S)
            except (OSError, EOFError, asyncio.TimeoutError) as failure:
                self.lost.append(repr(failure))

    async def run(self, rate, held):
        opened = asyncio.Semaphore(0)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.stopped.set)
        tasks = [asyncio.create_task(self.held(opened)) for _ in range(held)]
        for _ in range(held):
            await asyncio.wait_for(opened.acquire(), self.timeout)
        print('held', flush=True)
        start, asked = time.monotonic(), 0
        while not self.stopped.is_set():
            while asked < (time.monotonic() - start) * rate:
                tasks.append(asyncio.create_task(self.one_page()))
                asked += 1
            await asyncio.sleep(1 / max(rate, 100))
        await asyncio.gather(*tasks)


def main(address, page_port, echo_port, rate, held, timeout):
    async def all_of_it():
        honest = Honest(address, int(page_port), int(echo_port), float(timeout))
        await honest.run(int(rate), int(held))
        print(json.dumps({'pages': honest.pages, 'lost': honest.lost}), flush=True)

    asyncio.run(all_of_it())


if __name__ == '__main__':
    main(*sys.argv[1:])
