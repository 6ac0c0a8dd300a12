// The logins of the demo data, one a role. Their passwords are public on purpose: they exist only where the demo data was
// asked for, and open nothing but a sandbox.

export const demoLogins = [
  {
    role: 'customer',
    email: 'buyer@demo.rialto.example',
    password: 'sandbox-buyer-1',
    displayName: 'Demo buyer',
  },
  {
    role: 'operator',
    email: 'operator@demo.rialto.example',
    password: 'sandbox-operator-1',
    displayName: 'Demo operator',
  },
  {
    role: 'developer',
    email: 'developer@demo.rialto.example',
    password: 'sandbox-developer-1',
    displayName: 'Demo developer',
  },
] as const
