/*
 * An application under OpenTelemetry's JavaScript SDK: records what the SDK can, prints its ledger.
 *
 * Where to and how is said by OpenTelemetry's own variables; OTEL_EXPORTER_OTLP_PROTOCOL chooses
 * between the three packages that there are of each exporter. Ledger: tests/otlp_clients/reconciling.py.
 */

import { ROOT_CONTEXT, SeverityNumber, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchLogRecordProcessor, InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor,
} from '@opentelemetry/sdk-logs';
import { AggregationType, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import {
  BatchSpanProcessor, InMemorySpanExporter, SimpleSpanProcessor, TracerProvider,
} from '@opentelemetry/sdk-trace';
import { setTimeout as pause } from 'node:timers/promises';

const ROUNDS = 3;
const TRACES = 20;
const HOUR_MS = 3_600_000;
const METER = 'shop.meter';
const EVERY_TYPE = {
  text: 'grüße 🚀 "quoted" \\ and a\nline',
  empty: '',
  long: 'x'.repeat(20_000),
  yes: true,
  no: false,
  zero: 0,
  least: -(2 ** 53 - 1),
  greatest: 2 ** 53 - 1,
  tenth: 0.1,
  tiny: 5e-324,
  texts: ['a', '', 'ü'],
  flags: [true, false],
  numbers: [1, -2],
  fractions: [0.5, -1e-300],
  'schlüssel ü': 'key',
};
const NESTED = { map: { list: [1, 2.5, 'ü', { deep: true }], bytes: new Uint8Array([0, 255]) } };

const [packages] = [{ 'http/protobuf': 'proto', 'http/json': 'http', grpc: 'grpc' }[
  process.env.OTEL_EXPORTER_OTLP_PROTOCOL]];
const { OTLPTraceExporter } = await import(`@opentelemetry/exporter-trace-otlp-${packages}`);
const { OTLPLogExporter } = await import(`@opentelemetry/exporter-logs-otlp-${packages}`);
const { OTLPMetricExporter } = await import(`@opentelemetry/exporter-metrics-otlp-${packages}`);

const attributesOfResource = {
  'service.name': process.env.OTEL_SERVICE_NAME,
  'host.name': 'desk',
  text: 'größe 🚀',
  flag: true,
  fraction: 0.1,
  numbers: [1, -2],
};
const resource = resourceFromAttributes(attributesOfResource);
const spans = new InMemorySpanExporter();
const logs = new InMemoryLogRecordExporter();
const small = process.env.SMALL_BATCHES ? { maxExportBatchSize: 10, scheduledDelayMillis: 20 } : {};
const tracers = new TracerProvider({
  resource,
  spanProcessors: [
    new BatchSpanProcessor({ exporter: new OTLPTraceExporter(), ...small }),
    new SimpleSpanProcessor({ exporter: spans }),
  ],
});
const loggers = new LoggerProvider({
  resource,
  processors: [
    new BatchLogRecordProcessor({ exporter: new OTLPLogExporter(), ...small }),
    new SimpleLogRecordProcessor({ exporter: logs }),
  ],
});
const meters = new MeterProvider({
  resource,
  readers: [
    new PeriodicExportingMetricReader({
      exporter: new OTLPMetricExporter(),
      exportIntervalMillis: HOUR_MS,
      exportTimeoutMillis: HOUR_MS / 60,
    }),
  ],
  views: [
    { instrumentName: 'sizes', aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } },
  ],
});
const tracer = tracers.getTracer('shop.web', '1.2', { schemaUrl: 'https://shop/schema' });
const logger = loggers.getLogger('shop.cart', '3', { schemaUrl: 'https://cart/schema' });
const meter = meters.getMeter(METER, '4');

let round = 0;
const numbers = new Map();
const histograms = new Map();
const orders = meter.createCounter('orders', { unit: '{order}', description: 'placed' });
const income = meter.createCounter('income', { unit: 'EUR' });
const waiting = meter.createUpDownCounter('waiting', { unit: '{customer}' });
const warmth = meter.createGauge('warmth', { unit: 'Cel' });
const latency = meter.createHistogram('latency', {
  unit: 'ms', advice: { explicitBucketBoundaries: [1, 10, 100, 1000] },
});
const sizes = meter.createHistogram('sizes', { unit: 'By' });
meter.createObservableCounter('ticks', { unit: '{tick}' })
  .addCallback((result) => result.observe(round * 10, { clock: 'wall' }));
meter.createObservableUpDownCounter('level', { unit: 'm' })
  .addCallback((result) => result.observe(5 - round));
meter.createObservableGauge('load', { unit: '1' })
  .addCallback((result) => [0, 1].forEach((core) => result.observe(round / 4 + 0.1, { core })));

function number(name, value, unit, monotonic, attributes = {}) {
  const key = JSON.stringify([name, attributes]);
  if (!numbers.has(key)) {
    numbers.set(key, { name, unit, monotonic, attributes, target: METER, rounds: [] });
  }
  numbers.get(key).rounds.push(value);
}

function measure(name, instrument, value, index) {
  const attributes = { route: '/pay', odd: index % 2 === 1 };
  instrument.record(value, attributes);
  const key = JSON.stringify([name, attributes]);
  if (!histograms.has(key)) {
    histograms.set(key, { name, attributes, exemplars: false, values: [] });
  }
  histograms.get(key).values.push(value);
}

function request(index) {
  const outer = tracer.startSpan(
    'GET /pay/{id}',
    { kind: SpanKind.SERVER, attributes: { ...EVERY_TYPE, n: index } },
    ROOT_CONTEXT,
  );
  const within = trace.setSpan(ROOT_CONTEXT, outer);
  outer.addEvent('began', { at: index, ratio: 0.25, texts: ['a', 'b'] });
  measure('latency', latency, 2 ** (index % 12) + 0.3, index);
  logger.emit({ body: `in request ${index}`, severityNumber: SeverityNumber.INFO, context: within });
  const links = [{ context: outer.spanContext(), attributes: { why: 'it caused it' } }];
  tracer.startSpan('publish', { kind: SpanKind.PRODUCER, links }, within).end();
  measure('sizes', sizes, index * 7 + 0.5, index);
  const inner = tracer.startSpan('charge', { kind: SpanKind.CLIENT }, within);
  if (index % 5 === 4) {
    inner.recordException(new Error(`no money for ${index}`));
    inner.setStatus({ code: SpanStatusCode.ERROR, message: 'the card was refused' });
  } else {
    inner.setStatus({ code: SpanStatusCode.OK });
  }
  inner.end();
  outer.end();
}

function play() {
  round += 1;
  for (let index = 0; index < TRACES; index += 1) request(index);
  for (let severity = 1; severity <= 24; severity += 1) {
    logger.emit({ body: `severity ${severity}`, severityNumber: severity });
  }
  for (const body of [NESTED, ['a', 1], 7, 0.1, true, new Uint8Array([0, 1]), '', 'grüße 🚀']) {
    logger.emit({ body, severityNumber: SeverityNumber.INFO, severityText: 'INFO' });
  }
  logger.emit({ body: 'an event', eventName: 'shop.opened', attributes: { ...EVERY_TYPE, ...NESTED } });
  for (const kind of ['tea', 'größe']) {
    orders.add(3, { kind });
    number('orders', 3 * round, '{order}', true, { kind });
  }
  income.add(0.25, { shop: 1 });
  number('income', 0.25 * round, 'EUR', true, { shop: 1 });
  waiting.add(4);
  waiting.add(-6);
  number('waiting', -2 * round, '{customer}', false);
  warmth.record(round - 0.5, { room: 'cellar' });
  number('warmth', round - 0.5, 'Cel', null, { room: 'cellar' });
  number('ticks', 10 * round, '{tick}', true, { clock: 'wall' });
  number('level', 5 - round, 'm', false);
  for (const core of [0, 1]) number('load', round / 4 + 0.1, '1', null, { core });
}

const nanos = ([seconds, rest]) => (BigInt(seconds) * 1_000_000_000n + BigInt(rest)).toString();

function plain(value) {
  if (value instanceof Uint8Array) return { base64: Buffer.from(value).toString('base64') };
  if (Array.isArray(value)) return value.map(plain);
  if (value !== null && typeof value === 'object') return { map: plainMembers(value) };
  return value;
}

function plainMembers(found) {
  return Object.fromEntries(Object.entries(found ?? {}).map(([key, value]) => [key, plain(value)]));
}

function scopeOf({ version, schemaUrl, attributes }) {
  return { version, schema_url: schemaUrl, attributes: plainMembers(attributes) };
}

function spanOf(span) {
  return {
    trace_id: span.spanContext().traceId,
    span_id: span.spanContext().spanId,
    parent_span_id: span.parentSpanContext?.spanId ?? null,
    name: span.name,
    kind: SpanKind[span.kind],
    start_ns: nanos(span.startTime),
    end_ns: nanos(span.endTime),
    status: SpanStatusCode[span.status.code],
    status_message: span.status.message ?? null,
    target: span.instrumentationScope.name,
    scope: scopeOf(span.instrumentationScope),
    attributes: plainMembers(span.attributes),
    events: span.events.map((event) => (
      { time_ns: nanos(event.time), name: event.name, attributes: plainMembers(event.attributes) })),
    links: span.links.map((link) => ({
      trace_id: link.context.traceId,
      span_id: link.context.spanId,
      attributes: plainMembers(link.attributes),
    })),
  };
}

function logOf(record) {
  return {
    time_ns: nanos(record.hrTime),
    severity: record.severityNumber ?? 0,
    severity_text: record.severityText ?? null,
    body: plain(record.body),
    event_name: record.eventName ?? null,
    trace_id: record.spanContext?.traceId ?? null,
    span_id: record.spanContext?.spanId ?? null,
    target: record.instrumentationScope.name,
    scope: scopeOf(record.instrumentationScope),
    attributes: plainMembers(record.attributes),
  };
}

const rounds = Number(process.env.ROUNDS ?? ROUNDS);
for (let done = 0; done < rounds; done += 1) {
  play();
  await meters.forceFlush();
  if (process.env.SMALL_BATCHES) await pause(300);
}
const ledger = {
  resource: plainMembers(attributesOfResource),
  spans: spans.getFinishedSpans().map(spanOf),
  logs: logs.getFinishedLogRecords().map(logOf),
  numbers: [...numbers.values()],
  histograms: [...histograms.values()],
};
for (const provider of [meters, loggers, tracers]) await provider.shutdown();
console.log(JSON.stringify(ledger));
