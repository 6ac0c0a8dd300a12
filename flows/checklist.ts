// Everything the specification asks for, by number: id, from, kind, to, and in our own short words what. Kept as text in a
// module, so that pages and tests read it alike. Parsed once.

export interface ChecklistItem {
  readonly id: string
  readonly from: string
  readonly kind: string
  readonly to: string
  readonly words: string
}

const TEXT = `
P.01 | User | call | ClientApp | chooses a game to buy
P.02 | ClientApp | call | APIGW | order initiation at the edge
P.03 | APIGW | call | OrderSvc | order initiation passed on
P.04 | OrderSvc | call | CatalogSvc | price asked over gRPC
P.05 | CatalogSvc | reply | OrderSvc | price answered
P.06 | OrderSvc | step | OrderSvc | order row, pending payment
P.07 | OrderSvc | publish | KafkaBus | request for payment announced
P.08 | OrderSvc | reply | APIGW | order created, 201
P.09 | APIGW | reply | ClientApp | order id to the client
P.10 | ClientApp | call | APIGW | payment initiation at the edge
P.11 | APIGW | call | PaymentSvc | payment initiation passed on
P.12 | PaymentSvc | step | PaymentSvc | payment row, at the provider or in process
P.13 | PaymentSvc | call | PSP | provider asked
P.14 | PSP | reply | PaymentSvc | provider answers
P.15 | PaymentSvc | reply | APIGW | payment started, 201
P.16 | APIGW | reply | ClientApp | redirect or SDK data to the client
P.17 | ClientApp | call | User | sent to the provider's page or QR
P.18 | User | step | User | pays there
P.19 | PaymentSvc | step | PaymentSvc | webhook verified and applied
P.20 | PaymentSvc | publish | KafkaBus | paid status announced after a redirect
P.21 | PaymentSvc | step | PaymentSvc | direct payment processed
P.22 | PaymentSvc | publish | KafkaBus | status announced after a direct payment
P.23 | KafkaBus | consume | OrderSvc | orders hears of the payment
P.24 | OrderSvc | step | OrderSvc | order completed
P.25 | OrderSvc | publish | KafkaBus | completed order announced
P.26 | KafkaBus | consume | LibrarySvc | library hears of the order
P.27 | LibrarySvc | step | LibrarySvc | a library item for every line
P.28 | LibrarySvc | publish | KafkaBus | every added game announced
P.29 | KafkaBus | consume | NotificationSvc | notifications hears of the order
P.30 | NotificationSvc | step | NotificationSvc | confirmation prepared
P.31 | NotificationSvc | step | NotificationSvc | confirmation sent
P.32 | NotificationSvc | publish | KafkaBus | confirmation's delivery announced
P.33 | KafkaBus | consume | PaymentSvc | payments hears of it for the receipt
P.34 | PaymentSvc | step | PaymentSvc | fiscal receipt begun
P.35 | PaymentSvc | publish | KafkaBus | receipt status announced
P.36 | KafkaBus | consume | NotificationSvc | notifications hears of the receipt
P.37 | NotificationSvc | step | NotificationSvc | receipt message prepared
P.38 | NotificationSvc | step | NotificationSvc | receipt message sent
P.39 | NotificationSvc | publish | KafkaBus | receipt message's delivery announced
P.40 | KafkaBus | consume | AnalyticsSvc | analytics hears of the payment
P.41 | AnalyticsSvc | step | AnalyticsSvc | purchase recorded for figures
P.42 | KafkaBus | consume | DeveloperSvc | developers hears of the payment
P.43 | DeveloperSvc | step | DeveloperSvc | developer's balance credited
P.44 | DeveloperSvc | publish | KafkaBus | developer's balance announced
P.45 | ClientApp | reply | User | outcome shown to the person
P.46 | User | call | ClientApp | opens the library
P.47 | ClientApp | call | APIGW | library read at the edge
P.48 | APIGW | call | LibrarySvc | library read passed on
P.49 | LibrarySvc | reply | APIGW | library answered
P.50 | APIGW | reply | ClientApp | library to the client
P.51 | ClientApp | reply | User | library shown
P.52 | PSP | call | PaymentSvc | provider's webhook
M1.01 | User | call | APIGateway | registration
M1.02 | APIGateway | step | APIGateway | rate limit
M1.03 | APIGateway | call | UserService | passed on
M1.04 | UserService | call | PostgreSQL | is the e-mail known
M1.05 | PostgreSQL | reply | UserService | e-mail is free
M1.06 | UserService | step | UserService | password hashed
M1.07 | UserService | call | PostgreSQL | user row written
M1.08 | PostgreSQL | reply | UserService | write confirmed
M1.09 | UserService | publish | Kafka | user.registered
M1.10 | UserService | reply | APIGateway | user answered
M1.11 | APIGateway | reply | User | 201 with the user
M1.12 | Kafka | consume | NotificationService | notifications hears of the user
M1.13 | NotificationService | step | NotificationService | welcome mail
M1.14 | NotificationService | call | MongoDB | audit line of the mail
M2.01 | User | call | APIGateway | log-in
M2.02 | APIGateway | call | UserService | credentials passed on
M2.03 | UserService | call | PostgreSQL | user looked up by e-mail
M2.04 | PostgreSQL | reply | UserService | user row
M2.05 | UserService | step | UserService | password verified
M2.06 | UserService | step | UserService | tokens issued
M2.07 | UserService | call | Redis | session stored
M2.08 | Redis | reply | UserService | store confirmed
M2.09 | UserService | reply | APIGateway | tokens answered
M2.10 | APIGateway | reply | User | 200 with tokens
M3.01 | User | call | APIGateway | wallet creation
M3.02 | APIGateway | step | APIGateway | token verified
M3.03 | APIGateway | call | WalletService | passed on
M3.04 | WalletService | call | PostgreSQL | is there a wallet already
M3.05 | PostgreSQL | reply | WalletService | there is none
M3.06 | WalletService | call | PostgreSQL | empty wallet written
M3.07 | PostgreSQL | reply | WalletService | write confirmed
M3.08 | WalletService | publish | Kafka | wallet.created
M3.09 | WalletService | call | Redis | wallet cached
M3.10 | WalletService | reply | APIGateway | wallet answered
M3.11 | APIGateway | reply | User | 201 with the wallet
M4.01 | User | call | APIGateway | deposit
M4.02 | APIGateway | step | APIGateway | token verified
M4.03 | APIGateway | call | TransactionService | passed on
M4.04 | TransactionService | call | PostgreSQL | transaction row, PENDING
M4.05 | PostgreSQL | reply | TransactionService | write confirmed
M4.06 | TransactionService | call | PaymentGateway | card payment asked
M4.07 | PaymentGateway | step | PaymentGateway | card processed
M4.08 | PaymentGateway | publish | Kafka | payment.processed
M4.09 | PaymentGateway | reply | TransactionService | card payment done
M4.10 | TransactionService | call | WalletService | funds to be added
M4.11 | WalletService | call | PostgreSQL | balance written
M4.12 | PostgreSQL | reply | WalletService | write confirmed
M4.13 | WalletService | publish | Kafka | wallet.funds_added
M4.14 | WalletService | reply | TransactionService | funds are there
M4.15 | TransactionService | call | PostgreSQL | transaction row, COMPLETED
M4.16 | TransactionService | call | MongoDB | audit line
M4.17 | TransactionService | publish | Kafka | transaction.completed
M4.18 | TransactionService | reply | APIGateway | deposit answered
M4.19 | APIGateway | reply | User | 201 with the transaction
M4.20 | Kafka | consume | NotificationService | notifications hears of it
M4.21 | NotificationService | step | NotificationService | confirmation mail
M5.01 | Sender | call | APIGateway | transfer
M5.02 | APIGateway | step | APIGateway | token and rate limit
M5.03 | APIGateway | call | TransactionService | passed on
M5.04 | TransactionService | call | PostgreSQL | transaction row, PENDING
M5.05 | PostgreSQL | reply | TransactionService | write confirmed
M5.06 | TransactionService | call | WalletService | source balance asked
M5.07 | WalletService | call | PostgreSQL | wallet read
M5.08 | PostgreSQL | reply | WalletService | wallet row
M5.09 | WalletService | reply | TransactionService | enough is there
M5.10 | TransactionService | call | WalletService | source to be debited
M5.11 | WalletService | call | PostgreSQL | debit written
M5.12 | PostgreSQL | reply | WalletService | write confirmed
M5.13 | WalletService | publish | Kafka | wallet.funds_deducted
M5.14 | WalletService | call | Redis | cached wallet dropped
M5.15 | WalletService | reply | TransactionService | debit answered
M5.16 | TransactionService | call | WalletService | destination to be credited
M5.17 | WalletService | call | PostgreSQL | credit written
M5.18 | PostgreSQL | reply | WalletService | write confirmed
M5.19 | WalletService | publish | Kafka | wallet.funds_added
M5.20 | WalletService | call | Redis | cached wallet dropped
M5.21 | WalletService | reply | TransactionService | credit answered
M5.22 | TransactionService | call | PostgreSQL | transaction row, COMPLETED
M5.23 | TransactionService | call | MongoDB | audit line
M5.24 | TransactionService | publish | Kafka | transaction.completed
M5.25 | TransactionService | reply | APIGateway | transfer answered
M5.26 | APIGateway | reply | Sender | 201 with the transfer
M5.27 | Kafka | consume | NotificationService | notifications hears of it
M5.28 | NotificationService | step | NotificationService | both people told
M6.01 | Customer | call | APIGateway | payment from a wallet
M6.02 | APIGateway | call | TransactionService | passed on
M6.03 | TransactionService | call | PostgreSQL | transaction row, PENDING
M6.04 | TransactionService | call | WalletService | balance asked
M6.05 | WalletService | reply | TransactionService | balance is enough
M6.06 | TransactionService | call | PostgreSQL | transaction row, PROCESSING
M6.07 | TransactionService | call | WalletService | customer to be debited
M6.08 | WalletService | call | PostgreSQL | debit written
M6.09 | WalletService | publish | Kafka | wallet.funds_deducted
M6.10 | WalletService | reply | TransactionService | debit answered
M6.11 | TransactionService | call | PostgreSQL | transaction row, COMPLETED
M6.12 | TransactionService | call | MongoDB | audit line with details
M6.13 | TransactionService | publish | Kafka | transaction.completed
M6.14 | TransactionService | reply | APIGateway | payment answered
M6.15 | APIGateway | reply | Customer | result to the customer
M7.01 | User | call | APIGateway | a transfer that will fail
M7.02 | APIGateway | call | TransactionService | passed on
M7.03 | TransactionService | call | PostgreSQL | transaction row, PENDING
M7.04 | TransactionService | call | WalletService | source to be debited
M7.05 | WalletService | call | PostgreSQL | debit written
M7.06 | WalletService | reply | TransactionService | debit answered
M7.07 | TransactionService | call | WalletService | destination to be credited
M7.08 | WalletService | call | PostgreSQL | credit tried
M7.09 | WalletService | reply | TransactionService | wallet is inactive
M7.10 | TransactionService | call | WalletService | source to be refunded
M7.11 | WalletService | call | PostgreSQL | balance put back
M7.12 | WalletService | reply | TransactionService | refund answered
M7.13 | TransactionService | call | PostgreSQL | transaction row, FAILED
M7.14 | TransactionService | publish | Kafka | transaction.failed
M7.15 | TransactionService | reply | APIGateway | failure answered
M7.16 | APIGateway | reply | User | 400 with the reason
M8.01 | Prometheus | call | Service | metrics scraped
M8.02 | Service | reply | Prometheus | metrics answered
M8.03 | Prometheus | step | Prometheus | series stored
M8.04 | User | call | Grafana | dashboards opened
M8.05 | Grafana | call | Prometheus | metrics queried
M8.06 | Prometheus | reply | Grafana | figures answered
M8.07 | Grafana | reply | User | figures drawn
M8.08 | Grafana | call | User | alerts delivered
M.R1 | all | rule | MongoDB | audit trail of what matters
M.R2 | all | rule | all | failure is rolled back
M.R3 | all | rule | Redis | sessions and wallets cached, dropped on change
M.R4 | APIGateway | rule | all | rate limit by address
M.R5 | APIGateway | rule | all | tokens checked on every protected route
M.R6 | all | rule | all | encryption on the wire and on disk
M.R7 | all | rule | Prometheus | metrics of every service every 15 s
M.R8 | all | rule | Grafana | dashboards and alerts
M.R9 | all | rule | logs | structured logs
C.01 | Internet Store | call | GCP Service | store reserves a certificate
C.02 | POS | call | GCP Service | till reserves a certificate
C.03 | Internet Store | publish | All_SalesOrder | store's order record
C.04 | POS | publish | All_SalesOrder | till's order record
C.05 | Internet Store | publish | All_Payments | store's payment record
C.06 | POS | publish | All_Payments | till's payment record
C.07 | CRM | publish | All_Clients | client record
C.08 | All_SalesOrder | consume | GCP Service | certificates hears of orders
C.09 | All_Payments | consume | GCP Service | certificates hears of payments
C.10 | All_Clients | consume | GCP Service | certificates hears of clients
C.11 | GCP Service | step | GCP Service | orders and payments matched in either order
C.12 | GCP Service | publish | GiftCertificates.Stream | issue
C.13 | GCP Service | publish | GiftCertificates.Stream | redemption
C.14 | GCP Service | publish | GiftCertificates.Stream | notification.requested
C.15 | GCP Service | publish | GiftCertificates.Stream | audit
C.16 | GiftCertificates.Stream | consume | CRM | CRM hears that a message is due
C.17 | CRM | call | GCP Service | code asked for the message
C.18 | CRM | step | Client | code sent to the client
C.19 | GiftCertificates.Stream | consume | Internet Store | store follows the stream
C.20 | GiftCertificates.Stream | consume | POS | till follows the stream
C.21 | GiftCertificates.Stream | consume | BI Platform | reports follow the stream
C.22 | All_SalesOrder | consume | BI Platform | reports follow orders
C.23 | All_Payments | consume | BI Platform | reports follow payments
C.24 | All_Clients | consume | BI Platform | reports follow clients
C.25 | BI Platform | step | BI Platform | reports by channel
C.26 | GCP Service | publish | GiftCertificates.Stream | refund after a recorded return
C.27 | GCP Service, POS | rule | Payments | settlement without a call to payments
C.28 | GCP Service | reply | channel | 409 from an empty pool
C.29 | GCP Service | publish | GiftCertificates.Stream | issue.blocked from an empty pool
C.30 | GCP Service | publish | GiftCertificates.Stream | refund.pendingDetails, completed by support
C.31 | GCP Service | publish | GiftCertificates.Stream | every failure as error and alert
C.32 | GCP Service | rule | GCP Service | pool filled beforehand, whole life cycle, channels apart
C.33 | BI Platform | rule | Kafka | reports subscribe, no stream of their own
C.34 | docs | rule | docs | overall diagram, generated
B.Pp01 | payment_service | publish | order_service, wallet_service, billing_service | payment.completed
B.Pp02 | payment_service | publish | order_service, notification_service | payment.failed
B.Pp03 | payment_service | publish | product_service, billing_service | subscription.created
B.Pp04 | payment_service | publish | product_service, notification_service | subscription.canceled
B.Pp05 | payment_service | publish | order_service, wallet_service, notification_service | payment.refunded
B.Pp06 | payment_service | publish | billing_service, analytics_service | payment.intent.created
B.Pp07 | payment_service | publish | product_service, billing_service | subscription.updated
B.Pp08 | payment_service | publish | product_service, notification_service | subscription.expired
B.Pp09 | payment_service | publish | notification_service, billing_service | subscription.payment_failed
B.Pp10 | payment_service | publish | billing_service, notification_service | invoice.created
B.Pp11 | payment_service | publish | billing_service, accounting_service | invoice.paid
B.Pp12 | payment_service | publish | notification_service, billing_service | invoice.overdue
B.Ps01 | wallet_service | consume | payment_service | on wallet.balance_changed: failed payments tried again
B.Ps02 | wallet_service | consume | payment_service | on wallet.insufficient_funds: subscription paused
B.Ps03 | order_service | consume | payment_service | on order.created: payment created
B.Ps04 | product_service | consume | payment_service | on subscription.usage_exceeded: overage invoiced
B.Ps05 | account_service | consume | payment_service | on user.deleted: subscriptions ended and refunded in part
B.Ps06 | account_service | consume | payment_service | on user.upgraded: tier raised
B.Pc01 | payment_service | client | AccountClient | user, validity, methods
B.Pc02 | payment_service | client | WalletClient | wallet, credits, balance
B.Pc03 | payment_service | client | BillingClient | billing record, history
B.Pc04 | payment_service | client | ProductClient | plan, subscription check
B.Pc05 | payment_service | client | NotificationClient | receipt and invoice messages
B.Op01 | order_service | publish | payment_service, inventory_service, notification_service | order.created
B.Op02 | order_service | publish | payment_service, wallet_service, notification_service | order.canceled
B.Op03 | order_service | publish | wallet_service, analytics_service, notification_service | order.completed
B.Op04 | order_service | publish | payment_service, notification_service | order.updated
B.Op05 | order_service | publish | payment_service, notification_service | order.expired
B.Op06 | order_service | publish | payment_service, notification_service | order.payment_pending
B.Op07 | order_service | publish | payment_service, wallet_service, accounting_service | order.refunded
B.Op08 | order_service | publish | storage_service, notification_service | order.fulfilled
B.Os01 | payment_service | consume | order_service | on payment.completed: order completed
B.Os02 | payment_service | consume | order_service | on payment.failed: order ended, user told
B.Os03 | payment_service | consume | order_service | on payment.refunded: order refunded
B.Os04 | wallet_service | consume | order_service | on wallet.credits_added: waiting orders fulfilled
B.Os05 | product_service | consume | order_service | on subscription.created: recurring order recorded
B.Os06 | product_service | consume | order_service | on subscription.canceled: waiting orders ended
B.Os07 | storage_service | consume | order_service | on storage.quota_exceeded: upgrade ordered
B.Os08 | account_service | consume | order_service | on user.deleted: waiting orders ended
B.Oc01 | order_service | client | PaymentClient | payment: create, ask, cancel
B.Oc02 | order_service | client | WalletClient | wallet: read, debit, credit
B.Oc03 | order_service | client | AccountClient | user: read, validity, tier
B.Oc04 | order_service | client | StorageClient | storage: usage, quota
B.Oc05 | order_service | client | BillingClient | billing record of an order
B.Oc06 | order_service | client | NotificationClient | confirmation and status messages
B.F1 | User | flow | all | payment, end to end
B.F2 | User | flow | all | subscription, end to end
B.F3 | User | flow | all | refund, end to end
B.R1 | all | rule | all | events folder with models, publishers, handlers
B.R2 | all | rule | all | clients injected and closed
B.R3 | all | rule | all | events to tell, clients to ask
K.01 | Client | call | Booking Service | free slots asked
K.02 | Client | call | Booking Service | booking made
K.03 | Booking Service | publish | Message Broker | booking.created
K.04 | Message Broker | consume | Integration Service | calendars hear of the booking
K.05 | Message Broker | consume | Notification Service | notifications hears of the booking
K.06 | Client | call | Payment Service | payment made
K.07 | Payment Service | reply | Client | address of the payment page
K.08 | Client | step | Payment gateway | pays there
K.09 | Payment gateway | call | Payment Service | provider's webhook
K.10 | Payment Service | publish | Message Broker | payment.succeeded
K.11 | Payment Service | call | Booking Service | booking to be confirmed
K.12 | Booking Service | publish | Message Broker | booking.confirmed
K.13 | Message Broker | consume | Integration Service | calendars hear of the confirmation
K.14 | Message Broker | consume | Notification Service | notifications hears of the confirmation
K.15 | Booking Service | rule | Client | refused creation, no event
K.16 | Payment Service | publish | Message Broker | payment.failed, booking waits on
K.17 | Message Broker | rule | consumers | up to three repeats
K.18 | Payment Service | rule | Payment gateway | bad webhook logged, payment waits on
K.19 | API Gateway | call | Booking Service | booking calls passed on
K.20 | API Gateway | call | Payment Service | payment call passed on
K.21 | Booking Service | step | Booking Service | slots computed
K.22 | Booking Service | step | Booking Service | booking row
K.23 | Payment Service | call | Payment gateway | payment at the gateway
K.24 | Message Broker | consume | Integration Service | calendars hear of the payment
`

/** Reads rows of `id | from | kind | to | words`. Throws on a row that is not one, or an id told twice. */
export function parseChecklist(text: string): readonly ChecklistItem[] {
  const items = text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [id, from, kind, to, words, ...rest] = line.split(' | ')
      if (!id || !from || !kind || !to || !words || rest.length > 0)
        throw new Error(`checklist: not a row: ${line}`)
      return { id, from, kind, to, words }
    })
  if (new Set(items.map((item) => item.id)).size !== items.length)
    throw new Error('checklist: an id stands twice')
  return items
}

export const checklist = parseChecklist(TEXT)
