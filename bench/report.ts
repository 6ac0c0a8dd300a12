// How every bench speaks: a line a figure for people, and one JSON line at the end for programs. A figure stands beside its
// reference, measured in the same run: the ratio travels between machines, the bare figure does not.

export interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: string
  /** What it is compared with, measured in the same run. */
  readonly reference?: number
  readonly ratio?: number
  /** Such as `≥ 0.35 ×` or `≤ 25 ms`. */
  readonly target: string
  readonly ok: boolean
}

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

/** The value below which this share (0..1) of the samples lies. */
export const percentile = (values: readonly number[], share: number): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}

const round = (value: number): number =>
  value >= 100 ? Math.round(value) : Math.round(value * 100) / 100

export class Report {
  readonly #bench: string
  readonly #json: boolean
  readonly figures: Figure[] = []

  constructor(bench: string, json: boolean) {
    this.#bench = bench
    this.#json = json
  }

  /** Progress, for people only. */
  say(text: string): void {
    if (!this.#json) process.stderr.write(`${text}\n`)
  }

  add(figure: Figure): void {
    const { name, value, unit, reference, ratio, target, ok } = figure
    this.figures.push({
      ...figure,
      value: round(value),
      ...(reference === undefined ? {} : { reference: round(reference) }),
      ...(ratio === undefined ? {} : { ratio: round(ratio) }),
    })
    const beside =
      ratio === undefined ? '' : `  ${round(ratio)} × of ${round(reference ?? Number.NaN)}`
    this.say(
      `${ok ? '  ok ' : ' MISS'}  ${name.padEnd(58)} ${String(round(value)).padStart(9)} ${unit}${beside}  [${target}]`,
    )
  }

  /** Prints the JSON line; answers whether every target was met. */
  end(): boolean {
    process.stdout.write(`${JSON.stringify({ bench: this.#bench, results: this.figures })}\n`)
    return this.figures.every((f) => f.ok)
  }

  /** The same, and ends the process: left to itself, Node 26 was seen to spin in the cleanup of its handles and never end. */
  leave(): never {
    process.exit(this.end() ? 0 : 1)
  }
}
