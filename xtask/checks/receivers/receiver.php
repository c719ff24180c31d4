<?php
// A receiver that verifies OwnPay's headers as its PHP clients do (contract §4.4): the first header found wins, `sha256=` is
// stripped, HMAC-SHA256 over the raw body; the Laravel SDK also bounds the timestamp by 300 seconds.
//
// Usage: SECRET=... REPORT=<file> php -S 127.0.0.1:<port> receiver.php. Appends one JSON line a client and request to the file.

const CLIENTS = [
    'OwnPay as Laravel reads it' => ['X_OP_SIGNATURE', 'X_SIGNATURE', 'X_OWNPAY_SIGNATURE'],
    'OwnPay as WooCommerce reads it' => ['X_SIGNATURE', 'X_OWNPAY_SIGNATURE'],
    'OwnPay as WHMCS reads it' => ['X_OP_SIGNATURE', 'X_SIGNATURE', 'X_OWNPAY_SIGNATURE', 'X_WEBHOOK_SIGNATURE'],
];

function header_value(string $name): ?string
{
    return $_SERVER['HTTP_' . $name] ?? null;
}

function verifies(string $body, array $names): bool
{
    foreach ($names as $name) {
        $given = header_value($name);
        if ($given !== null) {
            $given = preg_replace('/^sha256=/', '', $given);
            return hash_equals(hash_hmac('sha256', $body, getenv('SECRET')), $given);
        }
    }
    return false;
}

function is_fresh(): bool
{
    $seconds = header_value('X_OWNPAY_TIMESTAMP') ?? header_value('X_TIMESTAMP');
    return $seconds !== null && ctype_digit($seconds) && abs(time() - (int) $seconds) <= 300;
}

$body = file_get_contents('php://input');
$changed = chr(ord($body[0]) ^ 1) . substr($body, 1);
foreach (CLIENTS as $client => $names) {
    $report = [
        'verifier' => $client,
        'verified' => verifies($body, $names) && is_fresh(),
        'changed_refused' => !verifies($changed, $names),
    ];
    file_put_contents(getenv('REPORT'), json_encode($report) . "\n", FILE_APPEND);
}
http_response_code(204);
