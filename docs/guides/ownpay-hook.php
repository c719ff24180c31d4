<?php
// Tells a Developer Hub what becomes of OwnPay's payments and refunds. PHP 8.0 or newer, with curl.
//
// Threat: a hub that is slow, away or wrong holds a payment up or breaks it, or an event is lost or told twice.
// Defence: one request with a deadline, and nothing that is thrown; what was not taken waits in a folder and is sent again; every
// event has a name of its own by which the hub knows a repetition. Not defended: a machine that dies between the payment and the call.
//
// Usage: include this file, then
//     devhub_tell('payment.transaction.completed', $transaction);
// where $transaction is the row of the transaction, with what is listed at devhub_payload(). `php ownpay-hook.php` sends again what waits:
// let cron run it every minute, with the same environment, which cron does not pass on by itself.
//
// Environment: DEVHUB_URL (https://hub.example), DEVHUB_KEY (a key with the scope events:write and no other), DEVHUB_SPOOL (a folder that
// only this program may read, outside of what the web server serves; without it what was not taken is lost).

declare(strict_types=1);

const DEVHUB_CONNECT_MS_MAX = 1000;
const DEVHUB_REQUEST_MS_MAX = 2500;
/** More would mean that nobody runs the part that sends again. */
const DEVHUB_SPOOL_FILES_MAX = 10000;
/** What one run sends again at most. */
const DEVHUB_RESEND_MAX = 200;

/** OwnPay's names of what happens, with the hub's, and the status that its receivers read. An expired payment is a failed one. */
const DEVHUB_EVENTS = [
    'payment.transaction.pending' => ['payment.pending', 'pending'],
    'payment.transaction.completed' => ['payment.completed', 'completed'],
    'payment.transaction.failed' => ['payment.failed', 'failed'],
    'payment.intent.expired' => ['payment.failed', 'expired'],
    'payment.transaction.cancelled' => ['payment.cancelled', 'cancelled'],
    // Never "completed": a shop would take a refunded order for a paid one.
    'refund.created' => ['refund.created', 'refund_pending'],
    'refund.completed' => ['refund.completed', 'refunded'],
    'refund.failed' => ['refund.failed', 'refund_failed'],
];

/**
 * Tells the hub. Whether it has taken the event; false when it waits to be sent again, or was lost, of which the error log tells why.
 * Nothing is thrown, whatever happens: a payment goes on.
 */
function devhub_tell(string $happened, array $row): bool
{
    try {
        [$type, $status] = DEVHUB_EVENTS[$happened] ?? throw new InvalidArgumentException("nothing is told of $happened");
        $event = devhub_event($type, $status, $row);
        $name = $event['external_id'];
        $body = json_encode($event, JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE);
        return devhub_send_or_keep($name, $body);
    } catch (UnexpectedValueException $error) {
        // This file's own words, in which nothing of the row stands.
        error_log("devhub: $happened was not told: " . $error->getMessage());
        return false;
    } catch (Throwable $error) {
        error_log('devhub: an event was not told: ' . get_class($error) . ' at line ' . $error->getLine());
        return false;
    }
}

/** What the API takes: the same for the same event, byte for byte, however often it is made. */
function devhub_event(string $type, string $status, array $row): array
{
    // What an event is about, and what became of it, happens once: a refund by its own id, a payment by its transaction.
    $about = str_starts_with($type, 'refund.') ? ($row['refund_id'] ?? '') : ($row['trx_id'] ?? '');
    $name = ($about === '' ? (string) ($row['payment_id'] ?? '') : (string) $about) . ".$type";
    if (!preg_match('/^[A-Za-z0-9_.-]{1,64}$/D', $name) || $name === ".$type") {
        $name = hash('sha256', $name . ($row['payment_id'] ?? ''));
    }
    return ['event_type' => $type, 'external_id' => $name, 'payload' => devhub_payload($type, $status, $name, $row)];
}

/**
 * OwnPay's payload, as all of its plugins and kits read it: the fields at the top and once more in `data`.
 *
 * Taken from the row: payment_id (the uuid of the payment), trx_id, gateway_trx_id, amount and currency (those that the merchant asked
 * for; of a refund its own amount), fee, gateway, gateway_type, reference, customer (name, email, phone), metadata (as objects, so that
 * an empty one stays one), happened_at (when it happened; a date and a time with their offset), and of a refund refund_id (its uuid),
 * refund_status and reason.
 */
function devhub_payload(string $type, string $status, string $name, array $row): array
{
    $text = static fn (string $field): string => is_scalar($row[$field] ?? null) ? (string) $row[$field] : '';
    $at = devhub_time($text('happened_at'));
    $fields_of = static fn (string $field): array => is_scalar($row[$field] ?? null) ? [] : (array) ($row[$field] ?? []);
    [$metadata, $customer] = [$fields_of('metadata'), $fields_of('customer')];
    $fields = [
        'payment_id' => $text('payment_id'),
        'transaction_id' => $text('trx_id'),
        'trx_id' => $text('trx_id'),
        'gateway_trx_id' => $text('gateway_trx_id'),
        'amount' => devhub_amount($row['amount'] ?? '0'),
        'currency' => strtoupper($text('currency')),
        'fee' => devhub_amount($row['fee'] ?? '0'),
        'gateway' => $text('gateway'),
        'gateway_type' => $text('gateway_type') ?: 'unknown',
        'status' => $status,
        'reference' => $text('reference'),
        'customer' => [
            'name' => (string) ($customer['name'] ?? ''),
            'email' => (string) ($customer['email'] ?? ''),
            'phone' => (string) ($customer['phone'] ?? ''),
        ],
        // An object also when it is empty.
        'metadata' => (object) ($metadata + ($text('reference') === '' ? [] : ['reference' => $text('reference')])),
    ];
    if (str_starts_with($type, 'refund.')) {
        $fields += [
            'refund_id' => $text('refund_id'),
            'refund_status' => ['refund.created' => 'pending', 'refund.completed' => 'completed', 'refund.failed' => 'failed'][$type],
            'reason' => $text('reason'),
        ];
    }
    $head = [
        'event' => $type,
        'event_id' => $name,
        'created_at' => $at->format('Y-m-d\TH:i:s\Z'),
        'timestamp' => $at->format('Y-m-d\TH:i:sP'),
    ];
    return $head + $fields + ['data' => ['id' => $fields['payment_id']] + $fields];
}

/** Never the current time: an event that is made again would be another one. PHP takes a zone by itself, or "", for now. */
function devhub_time(string $text): DateTimeImmutable
{
    if (!preg_match('/^[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}/', $text)) {
        throw new UnexpectedValueException('happened_at has no date and time');
    }
    return (new DateTimeImmutable($text))->setTimezone(new DateTimeZone('UTC'));
}

/** Two decimals, without going through a floating-point number. */
function devhub_amount(mixed $amount): string
{
    $text = is_int($amount) ? (string) $amount : (is_float($amount) ? number_format($amount, 2, '.', '') : trim((string) $amount));
    if (!preg_match('/^([0-9]{1,13})(?:\.([0-9]{1,6}))?$/D', $text, $parts)) {
        throw new UnexpectedValueException('no amount');
    }
    $cents = $parts[2] ?? '';
    if (trim(substr($cents, 2), '0') !== '') {
        throw new UnexpectedValueException('an amount has more than two decimals');
    }
    return $parts[1] . '.' . substr(str_pad($cents, 2, '0'), 0, 2);
}

function devhub_send_or_keep(string $name, string $body): bool
{
    [$is_taken, $is_final, $why] = devhub_send($body);
    if (!$is_taken) {
        error_log("devhub: $name was not taken: $why");
        $is_final || devhub_keep($name, $body);
    }
    return $is_taken;
}

/** Whether it was taken; whether it never will be; and why. */
function devhub_send(string $body): array
{
    $url = rtrim((string) getenv('DEVHUB_URL'), '/');
    if ($url === '' || !function_exists('curl_init')) {
        return [false, false, 'DEVHUB_URL or the extension curl is missing'];
    }
    $request = curl_init("$url/api/hub/v1/events");
    curl_setopt_array($request, [
        CURLOPT_POST => true,
        CURLOPT_POSTFIELDS => $body,
        CURLOPT_HTTPHEADER => ['Content-Type: application/json', 'Authorization: Bearer ' . getenv('DEVHUB_KEY')],
        CURLOPT_RETURNTRANSFER => true,
        CURLOPT_FOLLOWLOCATION => false,
        CURLOPT_PROTOCOLS => CURLPROTO_HTTP | CURLPROTO_HTTPS,
        CURLOPT_CONNECTTIMEOUT_MS => DEVHUB_CONNECT_MS_MAX,
        CURLOPT_TIMEOUT_MS => DEVHUB_REQUEST_MS_MAX,
        CURLOPT_NOSIGNAL => true,
    ]);
    $answer = curl_exec($request);
    $status = curl_getinfo($request, CURLINFO_RESPONSE_CODE);
    if ($answer === false) {
        return [false, false, curl_error($request)];
    }
    // Not everything that answers is the hub: a proxy redirects, or serves a page of its own. Only the hub names an event or a code.
    $said = json_decode((string) $answer);
    $word = static fn (string $field): string => is_string($said->$field ?? null) ? $said->$field : '';
    $is_taken = in_array($status, [200, 201], true) && str_starts_with($word('id'), 'evt_');
    // What the hub cannot understand stays so; a key, a limit, a proxy and a bad hour pass.
    $is_final = in_array($status, [400, 409, 413, 422], true) && $word('code') !== '';
    return [$is_taken, $is_final, trim("the answer was $status " . $word('code'))];
}

/** The folder of what waits; null when there is none, because "" would be the root of everything. */
function devhub_spool(): ?string
{
    $spool = rtrim((string) getenv('DEVHUB_SPOOL'), '/');
    return $spool !== '' && is_dir($spool) ? $spool : null;
}

/** Written first and named then, so that half an event never counts as one. */
function devhub_keep(string $name, string $body): void
{
    $spool = devhub_spool();
    if ($spool === null) {
        error_log("devhub: $name is lost, because DEVHUB_SPOOL is no folder");
        return;
    }
    if (count(glob("$spool/*.json") ?: []) >= DEVHUB_SPOOL_FILES_MAX) {
        error_log("devhub: $name is lost, because too much waits already");
        return;
    }
    // Not tempnam(), which writes into the system's folder when it cannot write into this one.
    $part = "$spool/part" . bin2hex(random_bytes(8));
    // A platform may make an exception of a warning, which would leave the part behind.
    set_error_handler(static fn (): bool => true);
    try {
        $file = fopen($part, 'x');
        if ($file === false) {
            error_log("devhub: $name is lost, because DEVHUB_SPOOL cannot be written to");
            return;
        }
        $is_written = chmod($part, 0600) && fwrite($file, $body) === strlen($body);
        if (!fclose($file) || !$is_written || !rename($part, "$spool/$name.json")) {
            unlink($part);
            error_log("devhub: $name is lost, because it cannot be written");
        }
    } finally {
        restore_error_handler();
    }
}

/** Sends what waits, oldest first; stops at the first that may pass later. How many were taken. */
function devhub_send_again(): int
{
    $spool = devhub_spool();
    $waiting = $spool === null ? [] : (glob("$spool/*.json") ?: []);
    usort($waiting, static fn (string $a, string $b): int => @filemtime($a) <=> @filemtime($b));
    $taken = 0;
    foreach (array_slice($waiting, 0, DEVHUB_RESEND_MAX) as $file) {
        $name = basename($file, '.json');
        // An event is never empty: sent as nothing it would be refused for good, and removed.
        $body = (string) @file_get_contents($file);
        if ($body === '') {
            error_log("devhub: $name is left where it is, because it cannot be read");
            continue;
        }
        [$is_taken, $is_final, $why] = devhub_send($body);
        if (!$is_taken) {
            error_log("devhub: $name was not taken: $why");
            if (!$is_final) {
                break;
            }
        }
        @unlink($file);
        $taken += $is_taken ? 1 : 0;
    }
    return $taken;
}

/** What cron runs; the exit code. */
function devhub_main(): int
{
    $missing = array_filter(['DEVHUB_URL', 'DEVHUB_KEY', 'DEVHUB_SPOOL'], static fn (string $name): bool => (string) getenv($name) === '');
    if ($missing !== []) {
        fwrite(STDERR, 'devhub: nothing was sent, because ' . implode(', ', $missing) . " must be set\n");
        return 1;
    }
    if (devhub_spool() === null) {
        fwrite(STDERR, "devhub: nothing was sent, because DEVHUB_SPOOL is no folder\n");
        return 1;
    }
    echo devhub_send_again(), " sent again\n";
    return 0;
}

if (PHP_SAPI === 'cli' && realpath($_SERVER['SCRIPT_FILENAME'] ?? '') === __FILE__) {
    exit(devhub_main());
}
