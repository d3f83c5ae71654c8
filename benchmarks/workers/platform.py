"""A platform that only decides whether a request is within the shop's unpublished allowance.

It uses the simulator's allowance, which counts over a sliding window of one second. Requests are lines over TCP, so the
platform leaves most of the two cores to the measured processes even with fifty shops at their full rate. A request
arrives after 0 to 10 ms and its response after 20 ms. As on a real network, evenly sent requests do not arrive evenly.

Lines: `<number> <shop>` returns `<number> 1` or `<number> 0`; `scale <factor>` changes every allowance and returns
`ok`; `counters` returns JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
from random import Random

from benchmarks.workers.protocol import read_line, write_line
from simulator.allowance import Allowance

ARRIVAL_SECONDS = 0.010
ANSWER_SECONDS = 0.020


class Platform:
    def __init__(self, allowances: list[int]) -> None:
        self.shops = {str(7494000000000000000 + n): Allowance(each) for n, each in enumerate(allowances)}
        self.last_accepted = dict.fromkeys(self.shops, 0.0)
        self._random = Random(7)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()

        def arrive(number: str, shop: str) -> None:
            accepted = self.shops[shop].accepts(loop.time())
            if accepted:
                self.last_accepted[shop] = loop.time()
            loop.call_later(ANSWER_SECONDS, writer.write, f"{number} {int(accepted)}\n".encode())

        while line := await reader.readline():
            first, *rest = line.decode().split()
            if first == "counters":
                writer.write(json.dumps(self.counters(loop.time())).encode() + b"\n")
            elif first == "scale":
                for allowance in self.shops.values():
                    allowance.per_second = max(1, round(allowance.per_second * float(rest[0])))
                writer.write(b"ok\n")
            else:
                loop.call_later(self._random.uniform(0, ARRIVAL_SECONDS), arrive, first, rest[0])
        writer.close()

    def counters(self, now: float) -> dict[str, object]:
        return {
            "now": now,
            "shops": {
                shop: {
                    "allowance": each.per_second,
                    "accepted": each.accepted_total,
                    "throttled": each.throttled,
                    "last": self.last_accepted[shop],
                }
                for shop, each in self.shops.items()
            },
        }


async def main(allowances: list[int]) -> None:
    server = await asyncio.start_server(Platform(allowances).serve, "127.0.0.1", 0)
    write_line("ready")
    await read_line()
    write_line(server.sockets[0].getsockname()[1])
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main([int(each) for each in sys.argv[2].split(",")]))
