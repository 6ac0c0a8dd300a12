// Adapters whose calls are timed and counted, under the names that their calls have in the diagrams.

import { type KernelMetrics, measured } from '@rialto/kernel/observability/figures.ts'
import { type Register, RegisterRefused } from '../domain/fiscal-register.ts'
import { type CallNames, type Provider, ProviderRefused } from '../domain/provider.ts'

type Figures = Pick<KernelMetrics, 'providerCalls'> | undefined

const outcomeOf = (settled: { answer: unknown } | { error: unknown }): string => {
  if ('answer' in settled) return 'ok'
  const { error } = settled
  return error instanceof ProviderRefused || error instanceof RegisterRefused
    ? 'refused'
    : 'unknown'
}

export function measuredProvider(provider: Provider, figures: Figures): Provider {
  const timed = <T>(call: keyof CallNames, run: () => Promise<T>): Promise<T> =>
    measured(
      figures,
      { provider: provider.name, operation: provider.calls[call] },
      { run, outcomeOf },
    )
  return {
    ...provider,
    create: (...given) => timed('create', () => provider.create(...given)),
    fetch: (...given) => timed('fetch', () => provider.fetch(...given)),
    find: (...given) => timed('find', () => provider.find(...given)),
    cancel: (...given) => timed('cancel', () => provider.cancel(...given)),
    refund: (...given) => timed('refund', () => provider.refund(...given)),
    fetchRefund: (...given) => timed('fetchRefund', () => provider.fetchRefund(...given)),
    findRefund: (...given) => timed('findRefund', () => provider.findRefund(...given)),
  }
}

export function measuredRegister(register: Register, name: string, figures: Figures): Register {
  const timed = <T>(operation: string, run: () => Promise<T>): Promise<T> =>
    measured(figures, { provider: name, operation }, { run, outcomeOf })
  return {
    ...register,
    register: (document) => timed(register.calls[document.kind], () => register.register(document)),
    report: (uuid) => timed(register.calls.report, () => register.report(uuid)),
  }
}
