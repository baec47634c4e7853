<?php
/** The few functions of WordPress that the plugin calls, over files and plain HTTP; prints the shortcode's output. */

declare(strict_types=1);

error_reporting(E_ALL);
set_error_handler(function (int $level, string $text, string $file, int $line) {
    throw new ErrorException($text, 0, $level, $file, $line);
});
[, $plugin, $url, $folder, $attributes] = $argv;
define('ABSPATH', '/');
define('NEWSDIGEST_URL', $url);
define('WEEK_IN_SECONDS', 604800);
$shortcodes = [];

function get_transient(string $key): mixed
{
    global $folder;
    $path = "{$folder}/{$key}.json";
    return is_file($path) ? json_decode(file_get_contents($path), true) : false;
}

function set_transient(string $key, mixed $value, int $seconds): bool
{
    global $folder;
    return (bool) file_put_contents("{$folder}/{$key}.json", json_encode($value));
}

function untrailingslashit(string $text): string
{
    return rtrim($text, '/\\');
}

function wp_safe_remote_get(string $url, array $options): array
{
    $context = stream_context_create(['http' => ['timeout' => $options['timeout'], 'ignore_errors' => true]]);
    try {
        $body = file_get_contents($url, false, $context, 0, $options['limit_response_size']);
    } catch (ErrorException $error) {
        return ['error' => $error->getMessage()];
    }
    return ['code' => (int) explode(' ', $http_response_header[0])[1], 'body' => $body];
}

function is_wp_error(array $answer): bool
{
    return isset($answer['error']);
}

function wp_remote_retrieve_body(array $answer): string
{
    return $answer['body'];
}

function wp_remote_retrieve_response_code(array $answer): int
{
    return $answer['code'];
}

function add_shortcode(string $name, callable $does): void
{
    global $shortcodes;
    $shortcodes[$name] = $does;
}

function shortcode_atts(array $known, mixed $given, string $name): array
{
    return array_merge($known, array_intersect_key((array) $given, $known));
}

function get_option(string $name): string
{
    return 'd.m.Y';
}

function wp_date(string $format, int $instant): string
{
    return (new DateTimeImmutable("@{$instant}"))->setTimezone(new DateTimeZone('Europe/Berlin'))->format($format);
}

function current_time(string $format): string
{
    return (new DateTimeImmutable(getenv('TODAY') ?: 'today'))->format($format);
}

function esc_html(string $text): string
{
    return htmlspecialchars($text, ENT_QUOTES, 'UTF-8');
}

function esc_attr(string $text): string
{
    return esc_html($text);
}

function esc_url(string $url): string
{
    return preg_match('#^https?://#', $url) ? esc_html($url) : '';
}

require $plugin;
echo $shortcodes['newsdigest'](json_decode($attributes, true));
