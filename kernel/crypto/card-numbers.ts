// Card numbers never enter: they are typed on the provider's page, and a platform that holds one by mistake falls under rules for
// card data whole. So whatever looks like one is refused at the door, in any text of any request, before it is stored or logged.
// Looks like: 14 to 19 digits, in groups or not, that begin as card schemes do and whose check digit fits. Our own ids, UUIDs and
// instants never do; of other numbers that long one in twenty would, and the refusal says why.

const CANDIDATES = /(?<![0-9A-Za-z])[2-6](?:[ -]?\d){13,18}(?![0-9A-Za-z])/g

/** One in 100,000 random UUIDs begins with digits that would pass for a card's in groups of 8, 4 and 4. */
const UUIDS = /(?<![0-9A-Za-z])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9A-Za-z])/gi

/** The check digit that all card schemes use (ISO/IEC 7812-1). */
function checkDigitFits(digits: string): boolean {
  let sum = 0
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits.at(-1 - i))
    const doubled = i % 2 === 1 ? digit * 2 : digit
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return sum % 10 === 0
}

const holdsCandidate = (text: string): boolean =>
  (text.match(CANDIDATES) ?? []).some((found) => checkDigitFits(found.replaceAll(/[ -]/g, '')))

export const holdsCardNumber = (text: string): boolean =>
  text.length >= 14 && holdsCandidate(text) && holdsCandidate(text.replaceAll(UUIDS, ' '))
