import { processEnvironment } from '@rialto/kernel/config/environment.ts'
import { drain } from '@rialto/kernel/host/drain.ts'
import { openOutside } from '@rialto/server/separate/outside.ts'
import { type Command, jsonLine, print, readWords } from '../command.ts'

export const sandbox: Command = {
  name: 'sandbox',
  usage: 'sandbox [--json]',
  summary: 'plays provider, fiscal register and mail server for a platform in many processes',
  stays: true,
  async run(words) {
    const { values } = readWords(words)
    const outside = await openOutside(processEnvironment())
    const ending = drain({ log: outside.log })
    ending.add('close', 'sandboxes', () => outside.close())
    ending.listen()
    const { payments, register, mailbox, smtp } = outside.at
    if (values.json === true) print(jsonLine({ ready: true, ...outside.at }))
    else
      print(
        [
          'The outside world is played here: no money moves, no receipt is valid, no mail is delivered.',
          `  Payment provider  ${payments}/sandbox   YOOKASSA_URL=${payments}`,
          `  Fiscal register   ${register}/sandbox   ATOL_URL=${register}`,
          `  Mailbox           ${mailbox}/mailbox   SMTP_URL=${smtp}`,
          '',
        ].join('\n'),
      )
    return true
  },
}
