// Channels whose sends are timed and counted. A recipient who is gone is an answer; "later" says nothing about the message.

import { type KernelMetrics, measured } from '@rialto/kernel/observability/figures.ts'

interface Channel<Given extends readonly unknown[], Answer> {
  send(...given: Given): Promise<Answer>
}

interface Named {
  readonly provider: string
  readonly operation: string
  readonly figures: Pick<KernelMetrics, 'providerCalls'> | undefined
}

const OUTCOMES = {
  sent: 'ok',
  gone: 'ok',
  failed: 'refused',
  rejected: 'refused',
  later: 'unknown',
} as const

export function measuredSend<
  Given extends readonly unknown[],
  Answer extends { readonly kind: keyof typeof OUTCOMES },
  C extends Channel<Given, Answer>,
>(channel: C & Channel<Given, Answer>, { provider, operation, figures }: Named): C {
  return {
    ...channel,
    send: (...given: Given) =>
      measured(
        figures,
        { provider, operation },
        {
          run: () => channel.send(...given),
          outcomeOf: (settled) => ('answer' in settled ? OUTCOMES[settled.answer.kind] : 'unknown'),
        },
      ),
  }
}
