// Which passwords are too weak. Length counts most; the list holds what guessers try first among the long ones, since the short
// ones are refused anyway. No rules about digits and signs: they make people write `Password1!`.

const LENGTH_MIN = 10

const KNOWN = new Set(
  `0123456789 01234567890 0987654321 1111111111 1122334455 1234512345 123123123123 1234567890 12345678900 12345678901
  123456789012 12345678910 1234567891 123456789a 123456789q 1234567890q 147258369a 1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx3edc
  9876543210 abc1234567 abcd123456 abcdefghij administrator adminadmin asdfghjkl1 asdfghjkl; baseball123 changeme123
  football123 iloveyou12 iloveyou123 letmein123 letmein1234 liverpool1 manchester michael123 pa$$w0rd123 passpasspass
  password01 password10 password11 password12 password123 password1234 password12345 password123456 password99
  passwordpassword p@ssw0rd12 p@ssw0rd123 princess123 q1w2e3r4t5 q1w2e3r4t5y6 qazwsxedcr qazwsxedcrfv qwerty1234
  qwerty12345 qwerty123456 qwerty1234567890 qwertyqwerty qwertyuiop qwertyuiop1 qwertyuiop[] starwars123 sunshine123
  superman123 trustno1234 welcome123 welcome1234 zaq12wsxcde zxcvbnm123 zxcvbnmasd йцукенгшщз йцукенгшщзхъ пароль1234
  пароль12345 парольпароль любовь1234 фывапролдж`.split(/\s+/),
)

export type Weakness = 'short' | 'known' | 'repeated' | 'email'

/** What is wrong with a password for this address; undefined when nothing is. */
export function weaknessOf(password: string, email: string): Weakness | undefined {
  const plain = password.normalize('NFKC').toLowerCase()
  const characters = [...plain]
  if (characters.length < LENGTH_MIN) return 'short'
  if (new Set(characters).size <= 2) return 'repeated'
  if (KNOWN.has(plain)) return 'known'
  const address = email.normalize('NFKC').trim().toLowerCase()
  if (plain === address || plain === address.split('@')[0]) return 'email'
  return undefined
}
