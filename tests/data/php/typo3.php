<?php
/** The two classes of TYPO3 that the example uses, over plain HTTP; prints what it renders. */

declare(strict_types=1);

namespace TYPO3\CMS\Core\Http {
    final class Answer
    {
        public function __construct(private int $code, private string $type, private string $body) {}

        public function getStatusCode(): int
        {
            return $this->code;
        }

        public function getHeaderLine(string $name): string
        {
            return $this->type;
        }

        public function getBody(): string
        {
            return $this->body;
        }
    }

    final class RequestFactory
    {
        public function request(string $url, string $method, array $options): Answer
        {
            $context = stream_context_create(['http' => ['timeout' => $options['timeout'], 'follow_location' => 0]]);
            $body = @file_get_contents($url, false, $context);
            if ($body === false) {
                throw new \RuntimeException("cannot fetch {$url}");
            }
            $type = '';
            foreach ($http_response_header as $line) {
                $type = stripos($line, 'content-type:') === 0 ? trim(substr($line, 13)) : $type;
            }
            return new Answer((int) explode(' ', $http_response_header[0])[1], $type, $body);
        }
    }
}

namespace TYPO3\CMS\Frontend\ContentObject {
    final class ContentObjectRenderer
    {
        public function __construct(private string $language) {}

        public function stdWrapValue(string $key, array $settings, string $default): string
        {
            return $this->language;
        }
    }
}

namespace {
    error_reporting(E_ALL);
    [, $class, $url, $channel, $language] = $argv;
    require $class;
    $snippet = new Example\SitePackage\Snippet(new TYPO3\CMS\Core\Http\RequestFactory());
    $snippet->setContentObjectRenderer(new TYPO3\CMS\Frontend\ContentObject\ContentObjectRenderer($language));
    echo $snippet->render('', ['url' => $url, 'channel' => $channel]);
}
