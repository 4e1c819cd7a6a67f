// A way between one device and the server over loopback, that can be spoilt: TCP in, TCP out.

import { connect, createServer } from "node:net";

/** @import { Socket } from "node:net" */

export class Way {
  /** Nothing passes, and nobody is told. */
  swallowing = false;
  /** Share of pieces that have to be sent again, as on a radio that loses packets: each waits for its retransmission. */
  loss = 0;
  /** Requests that want to become a socket are cut. */
  socketsBlocked = false;
  /** New connections are refused. */
  refusing = false;
  port = 0;
  /** How many connections came this way. */
  carried = 0;
  #target;
  /** @type {Set<Socket>} */
  #open = new Set();
  #server;

  /** @param {number} target the server's port on loopback */
  constructor(target) {
    this.#target = target;
    this.#server = createServer((device) => this.#carry(device));
  }

  /** @returns {Promise<void>} */
  listen() {
    return new Promise((resolve) => {
      this.#server.listen(0, "127.0.0.1", () => {
        const address = this.#server.address();
        this.port = typeof address === "object" && address !== null ? address.port : 0;
        resolve();
      });
    });
  }

  /** Cut every connection in the middle of whatever it carries. */
  cut() {
    for (const socket of this.#open) socket.resetAndDestroy();
  }

  close() {
    this.cut();
    this.#server.close();
  }

  /** @param {Socket} device */
  #carry(device) {
    this.carried += 1;
    if (this.refusing) {
      device.resetAndDestroy();
      return;
    }
    const server = connect(this.#target, "127.0.0.1");
    for (const [from, to] of [
      [device, server],
      [server, device],
    ]) {
      const one = /** @type {Socket} */ (from);
      const other = /** @type {Socket} */ (to);
      this.#open.add(one);
      /** @type {Promise<void>} nothing in a stream overtakes */
      let before = Promise.resolve();
      one.on("data", (piece) => {
        if (this.socketsBlocked && piece.includes("Upgrade: websocket")) {
          one.resetAndDestroy();
          other.resetAndDestroy();
          return;
        }
        before = before.then(async () => {
          while (Math.random() < this.loss) await new Promise((go) => setTimeout(go, 200 + Math.random() * 400));
          if (!this.swallowing) other.write(piece);
        });
      });
      const end = () => {
        this.#open.delete(one);
        other.destroy();
      };
      one.on("error", end);
      one.on("close", end);
    }
  }
}
