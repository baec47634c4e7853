<?php

declare(strict_types=1);

namespace Example\SitePackage;

use Symfony\Component\DependencyInjection\Attribute\Autoconfigure;
use TYPO3\CMS\Core\Http\RequestFactory;
use TYPO3\CMS\Frontend\ContentObject\ContentObjectRenderer;

/** Shows the snippet of a newsdigest channel; "" when it cannot be had. TYPO3 12 and newer. */
#[Autoconfigure(public: true)] // a userFunc is fetched from the container by name
final class Snippet
{
    private ContentObjectRenderer $cObj;

    public function __construct(private readonly RequestFactory $requests) {}

    public function setContentObjectRenderer(ContentObjectRenderer $cObj): void
    {
        $this->cObj = $cObj;
    }

    public function render(string $content, array $settings): string
    {
        $language = $this->cObj->stdWrapValue('language', $settings, 'de') === 'en' ? 'en' : 'de';
        $channel = preg_replace('/[^a-z0-9-]/', '', $settings['channel'] ?? 'all');
        try {
            $address = rtrim($settings['url'], '/') . "/embed/{$language}/{$channel}.html";
            $answer = $this->requests->request($address, 'GET', ['timeout' => 5, 'allow_redirects' => false]);
        } catch (\Throwable) {
            return '';
        }
        $isSnippet = $answer->getStatusCode() === 200 && str_starts_with($answer->getHeaderLine('Content-Type'), 'text/html');
        return $isSnippet ? substr((string) $answer->getBody(), 0, 262144) : '';
    }
}
