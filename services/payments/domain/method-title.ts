// The name of a saved method as people see it. What the provider says is not trusted to be masked: of a run of digits only the
// last four stay, so that no card number is ever kept or shown here.

const TITLE_MAX = 100

export const maskedTitle = (title: string): string =>
  title
    .slice(0, TITLE_MAX)
    .replace(/\d(?:[ -]?\d){4,}/g, (run) => `*${run.replace(/\D/g, '').slice(-4)}`)
