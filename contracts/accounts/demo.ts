// The logins of the demo data, one a role. Their passwords are public on purpose: they are written only where the sandbox plays the
// provider, or where DEMO_DATA asks for them. Their ids are fixed, so that the demo data of other services can name them.

export const demoLogins = [
  {
    role: 'customer',
    userId: 'usr_00000000000000000000000001',
    email: 'buyer@demo.rialto.example',
    password: 'sandbox-buyer-1',
    displayName: 'Demo buyer',
  },
  {
    role: 'operator',
    userId: 'usr_00000000000000000000000002',
    email: 'operator@demo.rialto.example',
    password: 'sandbox-operator-1',
    displayName: 'Demo operator',
  },
  {
    role: 'developer',
    userId: 'usr_00000000000000000000000003',
    email: 'developer@demo.rialto.example',
    password: 'sandbox-developer-1',
    displayName: 'Demo developer',
  },
] as const
