<?php
// Stands for OwnPay: reads what happens, one JSON list `[what, row]` a line, and tells it by the hook as OwnPay would. Says after each
// whether it was taken and how long that took, and goes on whatever the hook does.
//
// Usage: DEVHUB_URL=... DEVHUB_KEY=... DEVHUB_SPOOL=... php platform.php <hook> < lines

require $argv[1];

// As frameworks do it: a warning is an exception.
set_error_handler(static fn (int $kind, string $text) => throw new ErrorException($text, 0, $kind));

while (($line = fgets(STDIN)) !== false) {
    // The row as a list of fields, and what is JSON in it as the guide reads it.
    [$happened, $row] = json_decode($line, flags: JSON_THROW_ON_ERROR);
    $row = (array) $row;
    $began = hrtime(true);
    $is_taken = devhub_tell($happened, $row);
    echo json_encode(['taken' => $is_taken, 'ms' => intdiv(hrtime(true) - $began, 1_000_000)]), "\n";
}
