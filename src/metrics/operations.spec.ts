import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

import * as meters from './meters.js';

/** js-yaml has no type declarations. */
const { load } = createRequire(resolve('package.json'))('js-yaml') as { readonly load: (text: string) => unknown };

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[];
}

interface Meter {
  readonly name: string;
  readonly labelNames: readonly string[];
}

const read = (name: string): string => readFileSync(`docs/operations/${name}`, 'utf8');
const OURS = Object.values(meters) as unknown as Meter[];
/** Metrics of metrics.controller.ts, of Prometheus and of prom-client. */
const OTHERS = [
  'metronome_database_connections',
  'up',
  'nodejs_eventloop_lag_p99_seconds',
  'process_resident_memory_bytes',
];
const KNOWN = new Set([
  ...OURS.flatMap(({ name }) => [name, `${name}_bucket`, `${name}_sum`, `${name}_count`]),
  ...OTHERS,
]);

const metricsIn = (expression: string): string[] =>
  expression.match(/\b(?:metronome|nodejs|process)_\w+|\bup\b/g) ?? [];

describe('docs/operations', () => {
  const dashboard = JSON.parse(read('dashboard.json')) as { panels: Panel[] };
  const alerts = (load(read('alerts.yml')) as { groups: { rules: Rule[] }[] }).groups.flatMap(({ rules }) => rules);
  const expressions = [...dashboard.panels.flatMap(({ targets }) => targets), ...alerts].map(({ expr }) => expr);

  it('asks for metrics that there are', () => {
    expect(expressions.flatMap(metricsIn).filter((name) => !KNOWN.has(name))).toEqual([]);
  });

  it('asks for labels that they have', () => {
    for (const expression of expressions) {
      for (const [, name, label] of expression.matchAll(/\b(metronome_\w+?)(?:_bucket|_sum|_count)?\{(\w+)/g)) {
        const labels = OURS.find((meter) => meter.name === name)?.labelNames ?? ['state'];
        expect([name, labels]).toEqual([name, expect.arrayContaining([label])]);
      }
    }
  });

  it('shows every metric of ours on the dashboard, and explains it', () => {
    const shown = new Set(dashboard.panels.flatMap(({ targets }) => targets.flatMap(({ expr }) => metricsIn(expr))));
    const isShown = ({ name }: Meter) => [name, `${name}_bucket`].some((series) => shown.has(series));
    expect(OURS.filter((meter) => !isShown(meter)).map(({ name }) => name)).toEqual([]);
    const explained = read('metrics.md');
    for (const { name, labelNames } of OURS) {
      expect(explained).toMatch(new RegExp(`^\\| \`${name}\` +\\| ${labelNames.join(', ')} *\\|`, 'm'));
    }
  });

  it('has panels and alerts that say what they are, and what is to be done', () => {
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
    for (const { alert, for: duration, labels, annotations } of alerts) {
      expect(alert).toMatch(/^Metronome[A-Z]\w+$/);
      expect(duration).toMatch(/^\d+m$/);
      expect(['page', 'ticket']).toContain(labels['severity']);
      expect(Object.keys(annotations)).toEqual(['summary', 'action']);
    }
    expect(new Set(alerts.map(({ alert }) => alert)).size).toBe(alerts.length);
  });

  it('names files that there are', () => {
    for (const [, file = ''] of read('running.md').matchAll(/`((?:deploy|test|scripts)\/[\w./-]+)`/g)) {
      expect([file, existsSync(file)]).toEqual([file, true]);
    }
  });
});
