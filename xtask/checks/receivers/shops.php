<?php
// Two shops that take OwnPay's webhooks as its WooCommerce plugin and its WHMCS module do (contract §4.3 "How each handler reads it",
// §4.4): which headers in which order, `sha256=` stripped, HMAC-SHA256 over the raw body alone; then which fields, and what they do.
//
// Usage: SECRET=... STATE=<folder> php -S 127.0.0.1:<port> shops.php. A request to /woocommerce or /whmcs; `orders.json` in the folder
// holds what each shop was told to expect, and what has become of it; `seen.jsonl` gets a line a request.

const BODY_BYTES_MAX = 1 << 20;
const HANDLERS = [
    'woocommerce' => ['headers' => ['X_SIGNATURE', 'X_OWNPAY_SIGNATURE'], 'take' => 'take_as_woocommerce'],
    'whmcs' => [
        'headers' => ['X_OP_SIGNATURE', 'X_SIGNATURE', 'X_OWNPAY_SIGNATURE', 'X_WEBHOOK_SIGNATURE'],
        'take' => 'take_as_whmcs',
    ],
];

/** The first of the headers that is there decides, whatever the others say. */
function signature(array $names): ?string
{
    foreach ($names as $name) {
        if (($_SERVER["HTTP_$name"] ?? '') !== '') {
            return preg_replace('/^sha256=/', '', $_SERVER["HTTP_$name"]);
        }
    }
    return null;
}

function is_filled(mixed $value): bool
{
    return is_array($value) && $value !== [];
}

/** Looks the order up by what it finds first; ignores the name of the event; a paid order is not paid again. */
function take_as_woocommerce(array $event, array &$orders): array
{
    $data = is_filled($event['data'] ?? null) ? $event['data'] : $event;
    $metadata = $data['metadata'] ?? [];
    $by_number = [$data['reference'] ?? '', $metadata['reference'] ?? ''];
    $by_payment = [$data['id'] ?? '', $data['payment_id'] ?? ''];
    $found = null;
    foreach ($orders as $number => $order) {
        if (in_array((string) $number, $by_number, true) || in_array($order['payment_id'], $by_payment, true)) {
            $found = $number;
            break;
        }
    }
    if ($found === null) {
        return [404, 'no such order'];
    }
    $order = &$orders[$found];
    $status = $data['status'] ?? '';
    if (in_array($status, ['completed', 'paid'], true)) {
        if ($order['state'] === 'paid') {
            return [200, 'paid already'];
        }
        $fits = abs((float) $data['amount'] - (float) $order['amount']) <= 0.01 && $data['currency'] === $order['currency'];
        $order['state'] = $fits ? 'paid' : 'flagged';
        $order['transaction'] = $data['gateway_trx_id'] !== '' ? $data['gateway_trx_id'] : $data['transaction_id'];
    } elseif (in_array($status, ['failed', 'cancelled'], true) && $order['state'] !== 'paid') {
        $order['state'] = $status;
    } elseif (str_starts_with($status, 'refund')) {
        $order['notes'][] = $status;
    }
    return [200, $order['state']];
}

/** Asks for an invoice before anything else; only a completed `payment.*` is money; a known transaction has no effect. */
function take_as_whmcs(array $event, array &$orders): array
{
    $data = $event['data'] ?? $event;
    $name = $event['event'] ?? '';
    if ($name !== '' && !str_starts_with($name, 'payment.')) {
        return [200, 'passed over'];
    }
    $metadata = $data['metadata'] ?? [];
    $candidates = [$data['reference'] ?? '', $metadata['whmcs_invoice_id'] ?? '', $metadata['invoice_id'] ?? '', $metadata['reference'] ?? ''];
    $invoice = current(array_filter($candidates));
    if ($invoice === false || !isset($orders[$invoice])) {
        return [400, 'no invoice'];
    }
    $transaction = $data['trx_id'] ?? $data['transaction_id'] ?? $data['id'] ?? '';
    if (($data['status'] ?? '') !== 'completed') {
        return [200, 'no money'];
    }
    if (in_array($transaction, $orders[$invoice]['transactions'], true)) {
        return [200, 'known already'];
    }
    $orders[$invoice]['transactions'][] = $transaction;
    $orders[$invoice]['state'] = 'paid';
    return [200, 'paid'];
}

function answer(string $shop): array
{
    $body = file_get_contents('php://input', length: BODY_BYTES_MAX + 1);
    $given = signature(HANDLERS[$shop]['headers']);
    if ($given === null) {
        return [401, 'no signature', $body];
    }
    if (strlen($body) > BODY_BYTES_MAX || !hash_equals(hash_hmac('sha256', $body, getenv('SECRET')), $given)) {
        return [403, 'not genuine', $body];
    }
    $state = getenv('STATE') . '/orders.json';
    $all = json_decode(file_get_contents($state), true);
    [$status, $effect] = HANDLERS[$shop]['take'](json_decode($body, true), $all[$shop]);
    file_put_contents($state, json_encode($all));
    return [$status, $effect, $body];
}

$shop = trim(parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH), '/');
if (!isset(HANDLERS[$shop])) {
    http_response_code(404);
    return true;
}
[$status, $effect, $body] = answer($shop);
$headers = array_filter($_SERVER, static fn ($name) => str_starts_with($name, 'HTTP_'), ARRAY_FILTER_USE_KEY);
$seen = ['shop' => $shop, 'status' => $status, 'effect' => $effect, 'headers' => $headers, 'body' => $body];
file_put_contents(getenv('STATE') . '/seen.jsonl', json_encode($seen) . "\n", FILE_APPEND);
http_response_code($status);
echo $effect;
