// Loki's libraries for Node: one of them sends lines, then what rows have to have is printed.
import { once } from "node:events";
import os from "node:os";
import pino from "pino";
import { pinoLoki } from "pino-loki";
import winston from "winston";
import LokiTransport from "winston-loki";

const [library, count] = [process.argv[2], Number(process.argv[3])];
const host = process.env.OTEL_EXPORTER_OTLP_ENDPOINT;
const app = process.env.OTEL_SERVICE_NAME;

const PINO = { trace: ["debug", 5], debug: ["debug", 5], info: ["info", 4], warn: ["warning", 3], error: ["error", 2], fatal: ["critical", 1] };
const WINSTON = { debug: 5, verbose: 5, info: 4, warn: 3, error: 2 };

async function withPino() {
  const stream = pinoLoki({ host, labels: { app }, batching: { interval: 0.1 }, logFormat: "{msg}", propsToLabels: ["shard"] });
  const logger = pino({ level: "trace" }, stream);
  const levels = Object.entries(PINO);
  const lines = [];
  for (let n = 1; n <= count; n++) {
    const [name, [label, level]] = levels[n % levels.length];
    const msg = `line ${n} 😀`;
    logger[name]({ shard: n % 3, meta: { order: n, nested: { a: [n] } } }, msg);
    const properties = { app, level: label, hostname: os.hostname(), order: String(n), nested: `{"a":[${n}]}` };
    if (n % 3) properties.shard = String(n % 3);
    lines.push({ msg, level, target: "", properties });
  }
  stream.end();
  await once(stream, "close");
  return lines;
}

async function withWinston(json) {
  const failed = [];
  const transport = new LokiTransport({
    host, json, labels: { app }, interval: 0.1, format: winston.format.printf((info) => info.message),
    onConnectionError: (error) => failed.push(error), level: "debug",
  });
  const logger = winston.createLogger({ level: "debug", transports: [transport] });
  const levels = Object.entries(WINSTON);
  const lines = [];
  for (let n = 0; n < count; n++) {
    const [name, level] = levels[n % levels.length];
    const msg = `line ${n}\t😀`;
    logger.log({ level: name, message: msg, labels: { shard: `s ${n % 3}` }, order: n });
    const properties = { app, level: name, shard: `s ${n % 3}` };
    lines.push({ msg, level, target: "", properties: json ? { ...properties, order: String(n) } : properties });
  }
  await new Promise((resolve) => setImmediate(resolve));
  await transport.flush();
  logger.close();
  if (failed.length) throw failed[0];
  return lines;
}

const sent = library === "pino" ? await withPino() : await withWinston(library === "winston-json");
console.log(JSON.stringify(sent));
process.exit(0);
